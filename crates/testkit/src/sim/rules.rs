//! The rules of the protocols, each with the scenario of the review it comes from.

use intersync::host::Rule;

/// A rule and the scenarios that fail without it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The scenarios of the review.
    pub name: &'static str,
    /// The rule.
    pub rule: Rule,
}

const fn scenario(name: &'static str, rule: Rule) -> Scenario {
    Scenario { name, rule }
}

/// All rules that the dispatcher, the recovery and the directory ask for.
pub const ALL: &[Scenario] = &[
    scenario("C2", Rule::ResumeOperation),
    scenario("C2 wake", Rule::WakeGranted),
    scenario("C2 pulse", Rule::PulseEndsUnsignaled),
    scenario("C3", Rule::LifelineIsDeath),
    scenario("C5, N9", Rule::RightToReap),
    scenario("N9 dead reaper", Rule::DropDeadRights),
    scenario("C6", Rule::LeaveRuleWholeSet),
    scenario("B1", Rule::LeaveRule),
    scenario("C7 a", Rule::NudgedIsGrantable),
    scenario("C7 again", Rule::NudgeAgain),
    scenario("C7 c", Rule::RescanAll),
    scenario("C7 d", Rule::RescanAfterClear),
    scenario("C8", Rule::SkipDoomed),
    scenario("C8, N11", Rule::GiveBack),
    scenario("N11 whole set", Rule::GiveBackWhole),
    scenario("H1", Rule::ReleaseBeforeSleep),
    scenario("H1 look", Rule::LookRespectsLocks),
    scenario("H2 order", Rule::CancelBeforeAbandon),
    scenario("H2 leave", Rule::ReaperKeepsLeaveRule),
    scenario("H3, N5", Rule::FirstLook),
    scenario("H4", Rule::RebuildQueue),
    scenario("H6", Rule::NoteBeforeAcquire),
    scenario("H8", Rule::SafetyNet),
    scenario("H10", Rule::CondemnedIsFreed),
    scenario("H11", Rule::CatchUp),
    scenario("M1", Rule::GenerationOnFree),
    scenario("M3", Rule::TakeContended),
    scenario("M4", Rule::AnswerFromLocked),
    scenario("M4 commit", Rule::AnswerBeforeCommit),
    scenario("M5", Rule::DecideUnderLock),
    scenario("M6, N7", Rule::DeadHoldersDoNotCount),
    scenario("N1", Rule::KeepContext),
    scenario("N1 owner", Rule::OwnerInFlight),
    scenario("N2", Rule::SignaledForWaiter),
    scenario("N2 timer", Rule::DueCountsAsSignaled),
    scenario("N3", Rule::Grace),
    scenario("N4", Rule::CompareGeneration),
    scenario("N10", Rule::ForgetAfterRelease),
    scenario("pulse and poll", Rule::PulseSkipsEntering),
    scenario("N11 pulse", Rule::PulseIsNotGivenBack),
    scenario("N12", Rule::FenceMutex),
    scenario("N13", Rule::VanishedThreads),
    scenario("timer set", Rule::SetTimerNudges),
    scenario("structure", Rule::RebuildStructure),
];

/// The rule of this name.
///
/// # Errors
/// There is none.
pub fn parse(name: &str) -> Result<Rule, String> {
    let found = ALL
        .iter()
        .find(|s| format!("{:?}", s.rule).eq_ignore_ascii_case(name));
    found
        .map(|s| s.rule)
        .ok_or_else(|| format!("no rule is named {name}"))
}
