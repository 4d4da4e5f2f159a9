//! `man`: the manual page, from the definitions of the command line.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use roff::{Roff, roman};

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::report::text::quoted;

/// Prints the page of the whole or of one command.
pub(crate) fn run(of: Option<&str>) -> Result<Exit, Failure> {
    let mut whole = Cli::command();
    whole.build();
    let command = match of {
        None => whole,
        Some(word) => whole.find_subcommand(word).cloned().ok_or_else(|| {
            Failure::new(format!(
                "cannot show the manual of {}: no such command",
                quoted(word)
            ))
        })?,
    };
    let mut page = Vec::new();
    render(command, &mut page).trying(|| "write the manual page".to_string())?;
    output::print(String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}

/// Writes the page: the usual sections, then those of the long help as they are laid out there.
fn render(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let after = command.get_after_long_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let title = command
        .get_display_name()
        .unwrap_or(command.get_name())
        .to_string();
    let man = Man::new(command)
        .title(title)
        .source(concat!("intersync ", env!("CARGO_PKG_VERSION")))
        .manual("Intersync");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if has_commands {
        man.render_subcommands_section(page)?;
    }
    let mut roff = Roff::new();
    for (heading, lines) in sections(&after.unwrap_or_default()) {
        roff.control("SH", [heading.as_str()]);
        let verbatim = VERBATIM.contains(&heading.as_str());
        if verbatim {
            roff.control("nf", []);
        }
        for line in lines {
            match line.trim() {
                "" => roff.control("PP", []),
                _ if verbatim => roff.text([roman(line)]),
                text => roff.text([roman(text)]),
            };
        }
        if verbatim {
            roff.control("fi", []);
        }
    }
    roff.to_writer(page)
}

/// Sections whose lines stay as they are.
const VERBATIM: [&str; 4] = ["EXAMPLES", "EXIT CODES", "JSON KEYS", "TIMES"];

/// The parts of a long help: each begins with a line that ends with a colon, the first perhaps not.
fn sections(help: &str) -> Vec<(String, Vec<&str>)> {
    let mut sections: Vec<(String, Vec<&str>)> = Vec::new();
    for line in help.lines() {
        match line.strip_suffix(':').filter(|heading| !heading.starts_with(' ')) {
            Some(heading) => sections.push((heading.to_uppercase(), Vec::new())),
            None => match sections.last_mut() {
                Some((_, lines)) => lines.push(line),
                None => sections.push(("NOTES".to_string(), vec![line])),
            },
        }
    }
    for (_, lines) in &mut sections {
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_help_is_split_at_its_headings() {
        let parts = sections("first words\n\nExit codes:\n  0  done\n\nExamples:\n  $ it: works:\n");
        let wanted = [
            ("NOTES", vec!["first words"]),
            ("EXIT CODES", vec!["  0  done"]),
            ("EXAMPLES", vec!["  $ it: works:"]),
        ];
        assert_eq!(parts, wanted.map(|(heading, lines)| (heading.to_string(), lines)));
    }

    #[test]
    fn every_page_has_its_name_and_its_examples() {
        let mut whole = Cli::command();
        whole.build();
        for command in std::iter::once(&whole).chain(whole.get_subcommands()) {
            let mut page = Vec::new();
            render(command.clone(), &mut page).expect("rendered");
            let page = String::from_utf8(page).expect("text");
            let name = command
                .get_display_name()
                .unwrap_or(command.get_name())
                .replace('-', "\\-");
            assert!(page.contains(&format!(".SH NAME\n{name}")), "{page}");
            assert!(page.contains(".SH EXAMPLES\n.nf\n"), "{page}");
        }
    }
}
