"""Judges: who says whether the bytes of a document obey its standard.

``official`` runs the published schemas and stylesheets; ``native`` states the same rules as pure
functions, some dozen times faster; ``compare`` tells where the two differ.

How a pack of rules is added (Peppol, a country, a network, a customer):

1. Write a module with ``rules() -> list[Rule]``. A ``Rule`` has the official id, a pure test that
   is true when the rule is met, and where it is asked: ``on=("InvoiceLine",)`` names groups
   (nothing: the document), ``when`` keeps some of them; with ``value=("EndpointID",)`` and
   ``value_test`` it is asked about each value of that name. ``terms`` are its BT and BG ids.
2. A test gets ``(group, record)``. A ``Group`` is one element: ``group.has("Item", "Name")``,
   ``.one(*path)`` (text or None), ``.values(*path)`` (texts), ``.down(*path)`` (groups), its
   ``.parent``; ``attribute(value, "schemeID")``. ``record.every("TaxCategory")`` finds groups
   anywhere. By business term, for UBL and CII alike: ``terms.term(group, record, "BT-131")``.
   Numbers come from ``values.decimal``: what is none raises ``Unevaluable`` and becomes a fault.
   ``steps`` has the questions that packs ask alike: something is said, not too long, one of a list.
3. Messages: ``text="missing"`` and the like fill a sentence with the names of the terms, else the
   rule's id is looked up; both are in ``data/texts.toml`` and, for packs, ``texts_packs.toml``, in
   en, fr, de and ro.
4. Add ``RulePack(id, title, source, valid_from, syntax, rules, more)`` to ``packs.packs``, one for
   each syntax under the same id. ``valid_from`` and ``valid_to`` date it. ``more`` is for rules by
   table, checked in one pass; they yield ``Breach`` themselves. ``extends="en16931"`` puts the
   rules of EN 16931 before its own; ``native.judge(data, profile=id)`` then applies both.
   ``registry.by_shape`` marks rules whose answer depends on elements and codes alone: they are
   remembered for parts that look the same (see ``cutting``, ``moulds``). ``uncovered`` says what
   of the publication is left out, and why. ``profiles`` tells which document asks for the pack, by
   its specification (BT-24) and process (BT-23).
"""
