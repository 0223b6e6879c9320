"""Words that decide, beside suffixes and modifiers, whether something is a name and where it ends.

They are the rows of ``rules/organization_words.tsv``; rules/README.md tells what each role is.
"""

from __future__ import annotations

from msgspec import Struct

from pipeline.rulebook import Rulebook


class OrganizationWords(Struct, frozen=True):
    """The words of each role; tuples where the ends or beginnings of a text are compared.

    `abroad` are countries, and regions of several of them or of several provinces.
    """

    kinds: frozenset[str]
    never_bare: frozenset[str]
    sorts: frozenset[str]
    firms: frozenset[str]
    firm_leads: frozenset[str]
    owners: frozenset[str]
    countries: frozenset[str]
    country_offices: frozenset[str]
    abroad: frozenset[str]
    town_offices: frozenset[str]
    village_offices: frozenset[str]
    branches: tuple[str, ...]
    departments: tuple[str, ...]
    no_departments: tuple[str, ...]
    not_joined: tuple[str, ...]
    before_firms: tuple[str, ...]
    dealings: tuple[str, ...]


def compile_organization_words(rules: Rulebook) -> OrganizationWords:
    """Sort the words of ``rules/organization_words.tsv`` by their roles."""

    def words(role: str) -> tuple[str, ...]:
        return rules.surfaces("organization_words", role=role)

    abroad = (*rules.surfaces("countries"), *rules.surfaces("regions"))
    return OrganizationWords(
        kinds=frozenset(words("kind")),
        never_bare=frozenset(words("never-bare")),
        sorts=frozenset(words("sort")),
        firms=frozenset(words("firm")),
        firm_leads=frozenset(words("firm-lead")),
        owners=frozenset(words("owner")),
        countries=frozenset(words("country")),
        abroad=frozenset(abroad),
        country_offices=frozenset(words("country-office")),
        town_offices=frozenset(words("town-office")),
        village_offices=frozenset(words("village-office")),
        branches=words("branch"),
        departments=words("department"),
        no_departments=words("no-department"),
        not_joined=words("not-joined"),
        before_firms=words("before-firm"),
        dealings=words("dealing"),
    )
