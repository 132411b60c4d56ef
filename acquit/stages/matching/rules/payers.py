"""Who paid: by account, name or a number of theirs in the text. Ties are refused, not guessed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from acquit.core.text import name_key, normalize_references, plain_name
from acquit.stages.matching.rules.columns import column
from acquit.stages.matching.rules.inputs import BankLine, Customer, Id, PaidItem
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.reading import Text

CUT_MIN = 11  # characters from which the beginning of a name may stand for the name
_SERVED_MAX = 4  # customers for which one account pays before it says nothing any more

ACCOUNT, NUMBER, NAME, GIVEN, SIGN = "account", "number", "name", "given", "sign"
DECLARED = "declared"


class Payers:
    """Customers to be found by what a bank line shows of its payer."""

    def __init__(
        self,
        customers: Sequence[Customer],
        history: Sequence[PaidItem],
        told: Told | None = None,
    ) -> None:
        self.told = told or Told()
        self.by_iban: dict[str, dict[Id, int]] = defaultdict(dict)
        self.by_name: dict[str, dict[Id, int]] = defaultdict(dict)
        self.by_form: dict[str, set[Id]] = defaultdict(set)
        self.by_number = _by_number(customers)
        self.parent: dict[Id, Id] = {}
        self.children: dict[Id, list[Id]] = defaultdict(list)
        self._keys: dict[str, tuple[str, str]] = {}  # of names, while they are taken in
        for customer in customers:
            self._add(customer)
        shown = (column(history, name) for name in ("payer_iban", "payer_name", "customer"))
        seen: Counter[tuple[str, str, Id]] = Counter(zip(*shown, strict=True))
        for (iban, name, customer_id), times in seen.items():
            if iban:
                known = self.by_iban[iban]
                known[customer_id] = known.get(customer_id, 0) + times
            self._name(name, customer_id, times)
        self.cut: dict[str, list[str]] = defaultdict(list)
        for name in self.by_name:
            if len(name) >= CUT_MIN:
                self.cut[name[:CUT_MIN]].append(name)
        self.words = _words(self.by_name)
        self._keys.clear()
        self._meant: dict[str, set[Id]] = {}  # by a name as it was written
        self._owned: dict[str, set[Id]] = {}  # by the same, to the letter
        self._families: dict[Id, frozenset[Id]] = {}
        self._found: dict[tuple[tuple[Id, str], ...], dict[Id, str]] = {}

    def _add(self, customer: Customer) -> None:
        for iban in customer.ibans:
            self.by_iban[iban.replace(" ", "")].setdefault(customer.id, 1)
        for name in (customer.name, *customer.aliases):
            self._name(name, customer.id, 0)
        if customer.parent is not None and customer.parent != "":
            self.parent[customer.id] = customer.parent
            self.children[customer.parent].append(customer.id)

    def _name(self, name: str, customer_id: Id, times: int) -> None:
        """A name of which folding leaves nothing, as of other scripts, would be that of all such
        payers: it names nobody."""
        known = self._keys.get(name)
        if known is None:
            known = self._keys[name] = name_key(name), plain_name(name)
        key, form = known
        if key:
            names = self.by_name[key]
            names[customer_id] = max(names.get(customer_id, 0) + times, 1)
        if form:
            self.by_form[form].add(customer_id)

    def who(
        self, line: BankLine, named: Sequence[Id] = (), text: Text | None = None
    ) -> tuple[dict[Id, str], bool]:
        """Customers the payer may be with how it is known, and whether one of them is certain.

        ``named`` are customers whose own number stands in the ``text``.
        """
        if line.customer is not None:
            return {line.customer: GIVEN}, True
        found: dict[Id, str] = {}
        account = line.payer_iban.replace(" ", "")
        ids = self.by_iban.get(account, {}) if account else {}
        signed = self.told.signed(account, text) if text and len(ids) > 1 else None
        if signed in ids and not named:
            return {signed: SIGN}, False  # it is likelier his, which is not to say certain
        if len(ids) <= _SERVED_MAX:
            found.update(dict.fromkeys(ids, ACCOUNT))
        if found and line.payer_name:
            found.update(self._other_name(line.payer_name, found))
        for customer_id in named:
            found.setdefault(customer_id, NUMBER)
        if not found:
            name = line.payer_name
            if name not in self._meant:
                self._meant[name] = self._by_name(name)
            found = dict.fromkeys(self._meant[name], NAME)
        # Who pays often is found often: all his lines share one answer, in an order of its own,
        # since equal answers are ranked as they come.
        pairs = tuple(sorted(found.items()))
        known = self._found.setdefault(pairs, dict(pairs))
        return known, len(known) == 1

    def _other_name(self, name: str, found: Collection[Id]) -> dict[Id, str]:
        """Whom a name means that is not of the account: another customer's own, to the letter, and
        of another group. Either the account or the name tells who pays, and nobody knows which."""
        meant = self._owners(name)
        if not meant or not self.families(found).isdisjoint(meant):
            return {}
        return dict.fromkeys(meant, NAME)

    def _owners(self, name: str) -> set[Id]:
        """Whose name it is to the letter. Who pays often is asked for often."""
        known = self._owned.get(name)
        if known is None:
            known = self._owned[name] = self.by_form.get(plain_name(name), set())
        return known

    def frames(self, line: BankLine) -> frozenset[str]:
        """Words behind which the payer's texts have numbers that are never ours."""
        who = list(self.who(line)[0])
        return frozenset.intersection(*map(self.told.frames, who)) if who else frozenset()

    def _by_name(self, name: str) -> set[Id]:
        if not name:
            return set()
        exact = self._owners(name)
        if len(exact) == 1:
            return exact
        key = name_key(name)
        known = self.by_name.get(key)
        if known:
            return set(known) & exact or set(known)
        found: set[Id] = set()
        for name in self.cut.get(key[:CUT_MIN], ()) if len(key) >= CUT_MIN else ():
            if name.startswith(key) or key.startswith(name):
                found |= set(self.by_name[name])
        if found:
            return found
        return self._by_words(key)

    def _by_words(self, key: str) -> set[Id]:
        """Names whose words begin as these do, one by one: "SCHNE TRANS ULM"."""
        words = key.split()
        if len(words) < 2:
            return set()
        candidates: set[str] = set()
        for name in self.words.get(words[0][:4], ()):
            other = name.split()
            if len(other) == len(words) and all(
                mine == theirs or (len(mine) >= 4 and theirs.startswith(mine))
                for mine, theirs in zip(words, other, strict=True)
            ):
                candidates.add(name)
        return {customer_id for name in candidates for customer_id in self.by_name[name]}

    def family(self, customer_id: Id) -> list[Id]:
        """The customer with its mother, sisters and daughters."""
        top = self.parent.get(customer_id, customer_id)
        return list(
            dict.fromkeys(
                [customer_id, top, *self.children.get(top, ()), *self.children.get(customer_id, ())]
            )
        )

    def families(self, customers: Collection[Id]) -> frozenset[Id]:
        """All of the families of these customers."""
        if len(customers) != 1:
            return frozenset(member for one in customers for member in self.family(one))
        (one,) = customers
        if one not in self._families:
            self._families[one] = frozenset(self.family(one))
        return self._families[one]


def _by_number(customers: Sequence[Customer]) -> dict[str, Id]:
    """The customers by their numbers, normalised; a number that several have names nobody."""
    numbers = normalize_references([str(one.number or one.id) for one in customers])
    times = Counter(numbers)
    return {
        number: one.id for number, one in zip(numbers, customers, strict=True) if times[number] == 1
    }


def _words(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if " " in name:
            found[name[:4]].append(name)
    return found
