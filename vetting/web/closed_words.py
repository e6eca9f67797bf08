"""Words that no call of `_` shows to who collects them: of closed sets (`plain`), and what an error says by itself."""

from __future__ import annotations

from vetting.domain.tongue import N_

CLOSED = (
    # roles
    N_("recruiter"),
    N_("project manager"),
    N_("reviewer"),
    N_("admin"),
    # what became of an entry of a shortlist
    N_("proposed"),
    N_("approved"),
    N_("declined"),
    N_("invited"),
    N_("accepted"),
    N_("turned down"),
    N_("assigned"),
    # how far a fact is proven
    N_("claimed"),
    N_("document seen"),
    N_("checked at source"),
    # pieces of a profile
    N_("role"),
    N_("project"),
    N_("paper"),
    N_("education"),
    N_("skill"),
    N_("summary"),
    # facts
    N_("country"),
    N_("timezone"),
    N_("languages"),
    N_("hours per week"),
    N_("rate"),
    N_("available from"),
    N_("degrees"),
    N_("licences"),
    # how far a pack has come
    N_("draft"),
    N_("reviewed"),
    N_("validated"),
    # recommendations
    N_("advance"),
    N_("more evidence"),
    N_("do not advance"),
    N_("needs person"),
    # how far an interview has come
    N_("created"),
    N_("open"),
    N_("paused"),
    N_("completed"),
    N_("withdrawn"),
    N_("expired"),
    N_("erased"),
    # kinds of questions
    N_("answer"),
    N_("find flaws"),
    N_("first wrong step"),
    N_("compare"),
    N_("write rubric"),
    # how a call to a language model went
    N_("ok"),
    N_("timeout"),
    N_("refused"),
    N_("failed"),
)
"""The values of enumerations, as people read them; a test compares."""
ERRORS = (
    N_("This draft was changed in another window meanwhile; nothing was overwritten. Save again to keep what is here."),
    N_("Changed in another window"),
    N_("This was done before and not again, but its answer can no longer be read: the service was changed meanwhile."),
    N_("Done before"),
    N_("What was sent cannot be used."),
    N_("This was changed by somebody else in the meantime; nothing was overwritten."),
    N_("This link is no longer valid; ask the person who sent it for a new one."),
    N_("Your role does not allow this."),
    N_("The same request is still being answered; ask again in a moment."),
    N_("Still being answered"),
    N_("The language model did not give a usable answer."),
    N_("There is nothing here, or it is not yours to see."),
    N_("Please sign in first."),
    N_("This question was already answered, perhaps in another window; here is the current one."),
    N_("The disk is full where Vetting runs, so this was not saved; try again once there is room."),
    N_("This id exists already; nothing was changed."),
    N_("This id exists already"),
    N_("What was sent is larger than this service accepts."),
    N_("This was done too often in a short time; please wait a little."),
    N_("Too often"),
    N_("A part of the service does not answer at the moment; nothing was lost, please try again."),
    N_("Something went wrong on our side; nothing was changed."),
)
"""The sentences of `vetting/errors.py` and of `pack_drafts.Stale`: the first line of each class, and its title."""
