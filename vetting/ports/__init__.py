"""What the services need from the outside, as Protocols; adapters and the shipped fakes implement them.

One module per noun; this is the place to import them from.
"""

from vetting.ports.delivery import Answered, HookRequest, Hooks, Mailer, Posted
from vetting.ports.documents import DocumentReader
from vetting.ports.identity import Identity, IdentityProvider, SignOnStart
from vetting.ports.index import Embedder, IndexState, IndexView, Near, ProfileIndex, Vectors
from vetting.ports.interviewing import Interviewer, ProbeAim, Proposal, ProposalRequest, Rewording, Rewriter, Spoken
from vetting.ports.jobs import JobLine, JobQueue, JobState
from vetting.ports.language_model import (
    PURSE,
    Heard,
    LanguageModel,
    ModelCall,
    ModelReply,
    Outage,
    OutageStore,
    Purse,
    Token,
)
from vetting.ports.rating import Rater, RatingReply, RatingRequest
from vetting.ports.writing import FactReader, FactReading, PackWish, PackWriter, ProposedFact, WrittenPack

__all__ = [
    "PURSE",
    "Answered",
    "DocumentReader",
    "Embedder",
    "FactReader",
    "FactReading",
    "Heard",
    "HookRequest",
    "Hooks",
    "Identity",
    "IdentityProvider",
    "IndexState",
    "IndexView",
    "Interviewer",
    "JobLine",
    "JobQueue",
    "JobState",
    "LanguageModel",
    "Mailer",
    "ModelCall",
    "ModelReply",
    "Near",
    "Outage",
    "OutageStore",
    "PackWish",
    "PackWriter",
    "Posted",
    "ProbeAim",
    "ProfileIndex",
    "Proposal",
    "ProposalRequest",
    "ProposedFact",
    "Purse",
    "Rater",
    "RatingReply",
    "RatingRequest",
    "Rewording",
    "Rewriter",
    "SignOnStart",
    "Spoken",
    "Token",
    "Vectors",
    "WrittenPack",
]
