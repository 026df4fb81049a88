"""How catalogs name the columns of a Galaxy Zoo survey: what may stand for an answer, and what its ending tells.

``{question}_{answer}{suffix}``, where the suffix tells what kind of votes it is; surveys differ in letter case, in ``-``
or ``_``, in names of their own (``t01_smooth_or_features_a01_smooth``), and in whether the campaign belongs to the name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gzviewer.core.schema import Answer, Question, Schema

# Kind of votes -> what follows the name of an answer in the name of its column. Where two kinds have equally many columns,
# the one that stands first here is read.
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "counts": ("_count", ""),
    "weighted": ("_weighted_fraction",),
    "fractions": ("_fraction",),
    "debiased": ("_debiased", "_fraction_debiased", "_debiased_fraction"),
    "cumulative": ("",),
    "concentrations": ("_dirichlet", "_pred", "_concentration", "_concentrations", "_concentration_mean"),
}
TOTALS = ("_total_votes", "_total")
OF_MODELS = (
    "_proportion_asked",
    "_proportion_volunteers_asked",
    "_90pc_lower",
    "_90pc_upper",
    *SUFFIXES["concentrations"],
)


def plain(name: str) -> str:
    """A name as it is compared: letter case, ``-`` or ``_`` do not matter."""
    return name.strip().lower().replace("-", "_")


@dataclass(frozen=True)
class Naming:
    """One consistent way to name the columns of one kind, and what a catalog has under these names.

    Parameters
    ----------
    schema
        The tree.
    kind, suffix
        A kind of `SUFFIXES`, and one of its suffixes.
    campaign
        What these columns leave out at the end of every question's name (``-dr5``); empty: nothing.
    written
        Plain name -> name as published, of every column of the catalog.
    """

    schema: Schema
    kind: str
    suffix: str
    campaign: str
    written: Mapping[str, str]

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Label column -> column of the catalog, of every question all of whose answers have one."""
        columns: dict[str, str] = {}
        for question in self.schema.questions:
            found = [self._column_of(question, answer) for answer in question.answers]
            if all(found):
                columns |= zip(question.label_columns, found, strict=True)
        return columns

    @cached_property
    def totals(self) -> Mapping[str, tuple[str, ...]]:
        """Question -> columns whose sum is the number of volunteers who answered it; where published."""
        counts = Naming(self.schema, "counts", "_count", self.campaign, self.written).columns
        totals = {}
        for question in self.schema.questions:
            stem = plain(self._name_of(question))
            published = [self.written[stem + end] for end in TOTALS if stem + end in self.written]
            counted = [counts[label] for label in question.label_columns if label in counts]
            if published or counted:
                totals[question.name] = tuple(published[:1] or counted)
        return totals

    @property
    def is_beside_a_models(self) -> bool:
        """Whether the catalog has columns of this tree that only a model writes."""
        stems = {plain(self._name_of(question)) for question in self.schema.questions}
        stems |= {
            plain(stem)
            for question in self.schema.questions
            for answer in question.answers
            for stem in answer.also
        }
        return any(name.startswith(tuple(stems)) and name.endswith(OF_MODELS) for name in self.written)

    def _name_of(self, question: Question) -> str:
        return question.name.removesuffix(self.campaign)

    def _column_of(self, question: Question, answer: Answer) -> str:
        names = (plain(stem) + self.suffix for stem in self._stems(question, answer))
        return next((self.written[name] for name in names if name in self.written), "")

    def _stems(self, question: Question, answer: Answer) -> tuple[str, ...]:
        own = f"{self._name_of(question)}_{answer.name}"
        if self.kind == "cumulative":
            return answer.also if self.schema.cumulative else ()
        is_own_only = self.campaign or (self.kind == "counts" and self.schema.cumulative)
        return (own,) if is_own_only else (own, *answer.also)


def namings(schema: Schema, written: Mapping[str, str], *, is_chosen: bool) -> tuple[Naming, ...]:
    """Of every kind that is there the naming with most columns; the kind with most of them first.

    Parameters
    ----------
    is_chosen
        True where a person named the schema: then the names may lack the campaign.
    """
    campaigns = dict.fromkeys(("", campaign_of(schema)) if is_chosen else ("",))
    best = [
        max(
            (
                Naming(schema, kind, suffix, campaign, written)
                for campaign in campaigns
                for suffix in suffixes
            ),
            key=lambda naming: len(naming.columns),
        )
        for kind, suffixes in SUFFIXES.items()
    ]
    return tuple(sorted((way for way in best if way.columns), key=lambda way: -len(way.columns)))


def campaign_of(schema: Schema) -> str:
    """What the names of all questions end in (``-dr5``); empty where they share nothing, or need it to be told apart."""
    start, dash, end = schema.questions[0].name.rpartition("-")
    campaign = dash + end
    if not start or not all(question.name.endswith(campaign) for question in schema.questions):
        return ""
    pairs = [(question, answer) for question in schema.questions for answer in question.answers]
    without = {plain(f"{question.name.removesuffix(campaign)}_{answer.name}") for question, answer in pairs}
    full = {plain(label) for label in schema.label_columns}
    return campaign if len(without) == len(full) and not without & full else ""
