//! Order statistics of a few samples.

/// Median and quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Summary {
    /// Of these samples, if there is one.
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Option<Summary> {
        let mut sorted: Vec<f64> = samples.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&sorted, share);
        Some(Summary {
            low: at(0.25)?,
            median: at(0.5)?,
            high: at(0.75)?,
        })
    }
}

/// The value below which `share` of the sorted samples lie, interpolated.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[position.floor() as usize],
        sorted[position.ceil() as usize],
    );
    Some(below + (above - below) * position.fract())
}

/// The median of whole numbers.
pub fn median(samples: impl IntoIterator<Item = u64>) -> f64 {
    Summary::of(samples.into_iter().map(|sample| sample as f64)).map_or(f64::NAN, |summary| summary.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_interpolated() {
        let summary = Summary::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(
            summary,
            Summary {
                low: 1.75,
                median: 2.5,
                high: 3.25
            }
        );
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Summary::of([]), None);
        assert!(median([]).is_nan());
    }
}
