"""A few customers who differ as much as customers do, each with his latest document."""

from __future__ import annotations

from uuid import UUID

from acquit.database.copy import fetch_rows

# One customer of each kind comes before a second of any; who has such a document before who has
# none, and who reads the language before who does not.
_VARIED = """
WITH billed AS MATERIALIZED (
  SELECT DISTINCT customer_id FROM invoices_document
  WHERE company_id = %(company)s AND kind = %(kind)s),
ranked AS (
  SELECT c.id, c.number, left(c.locale, 2) <> %(language)s AS is_foreign,
    row_number() OVER (PARTITION BY c.segment, left(c.locale, 2), c.channel
      ORDER BY b.customer_id IS NULL, c.number) AS turn
  FROM masterdata_customer c LEFT JOIN billed b ON b.customer_id = c.id
  WHERE c.company_id = %(company)s),
chosen AS (
  SELECT id, row_number() OVER (
    ORDER BY number <> %(number)s, turn, is_foreign, number) AS place
  FROM ranked ORDER BY place LIMIT %(limit)s)
SELECT c.id, (
  SELECT d.id FROM invoices_document d
  WHERE d.company_id = %(company)s AND d.customer_id = c.id AND d.kind = %(kind)s
  ORDER BY d.issued_on DESC, d.id DESC LIMIT 1)
FROM chosen c ORDER BY c.place
"""


def varied_customers(
    *, company_id: UUID, kind: str, language: str, number: str, limit: int
) -> list[tuple[UUID, UUID | None]]:
    """(customer, his latest document of the kind) of up to ``limit`` customers: the one of the
    ``number`` first if there is one, then one of each segment, language and channel, then a second
    of each. None where he has no such document. One query."""
    asked = {"company": company_id, "kind": kind, "language": language, "number": number}
    return [(row[0], row[1]) for row in fetch_rows(_VARIED, asked | {"limit": limit})]
