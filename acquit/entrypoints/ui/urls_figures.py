"""Addresses of money and figures: apply, statements, ageing, books, approvals, policies, system."""

from __future__ import annotations

from django.urls import URLPattern, path

from acquit.entrypoints.ui.views import (
    ageing,
    apply,
    approvals,
    automatic,
    health,
    keys,
    ledger,
    payments,
    policies,
    presence,
    rule_samples,
    rules,
    statements,
    suggestions,
)

urlpatterns: list[URLPattern] = [
    path("apply", apply.apply, name="apply"),
    path("apply/payment", payments.payment, name="payment"),
    path("apply/suggestions", suggestions.suggestions, name="suggestions"),
    path("apply/suggestions/acceptances", suggestions.acceptances, name="suggestions_acceptances"),
    path("apply/suggestions/<str:proposal>/undo", suggestions.undoing, name="suggestions_undo"),
    path("apply/<str:receipt>", apply.receipt, name="apply_receipt"),
    path("apply/<str:receipt>/acceptance", apply.acceptance, name="apply_acceptance"),
    path("apply/<str:receipt>/rejection", apply.rejection, name="apply_rejection"),
    path("apply/<str:receipt>/allocation", apply.allocation, name="apply_allocation"),
    path("apply/<str:receipt>/difference", apply.difference, name="apply_difference"),
    path("apply/<str:receipt>/matching", apply.matching, name="apply_matching"),
    path("apply/<str:receipt>/payer", apply.payer, name="apply_payer"),
    path("apply/<str:receipt>/undo", apply.undoing, name="apply_undo"),
    path("apply/<str:receipt>/presence", presence.here, name="apply_presence"),
    path("apply/<str:receipt>/quittance.pdf", payments.quittance, name="quittance"),
    path("statements", statements.statements, name="statements"),
    path("statements/lines/<str:line>", statements.line, name="bank_line"),
    path("statements/<str:statement>", statements.statement, name="statement"),
    path("statements/<str:statement>/file", statements.file, name="statement_file"),
    path(
        "statements/<str:statement>/acceptance", statements.acceptance, name="statement_acceptance"
    ),
    path(
        "statements/<str:statement>/discarding", statements.discarding, name="statement_discarding"
    ),
    path("ageing", ageing.ageing, name="ageing"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/accounts/<str:code>", ledger.account, name="account"),
    path("ledger/entries/<str:entry>", ledger.entry, name="entry"),
    path("ledger/lock", ledger.lock_period, name="period_lock"),
    path("ledger/reopening", ledger.reopen_period, name="period_reopen"),
    path("ledger/proof", ledger.proof, name="proof"),
    path("automatic", automatic.automatic, name="automatic"),
    path("automatic/<str:act>/undo", automatic.undoing, name="automatic_undo"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/decided", approvals.decided, name="approvals_decided"),
    path("approvals/refused", approvals.refused, name="approvals_refused"),
    path("approvals/<str:waiting>/approval", approvals.approval, name="approval"),
    path("approvals/<str:waiting>/rejection", approvals.rejection, name="rejection"),
    path("policies", policies.policies, name="policies"),
    path("policies/<str:name>", policies.policy, name="policy"),
    path("policies/<str:name>/edit", policies.edit, name="policy_edit"),
    path("rules", rules.rules, name="rules"),
    path("rules/new", rules.new_rule, name="rule_new"),
    path("rules/samples", rule_samples.rule_samples, name="rule_samples"),
    path("rules/samples/<slug:name>", rule_samples.rule_sample, name="rule_sample"),
    path("rules/examples", rules.new_example, name="rule_examples"),
    path("rules/examples/<str:key>/removal", rules.example_removal, name="rule_example_removal"),
    path("health", health.health, name="health"),
    path("health/jobs", health.retrying, name="jobs_retry"),
    path("health/keys", keys.keys, name="keys"),
    path("health/keys/new", keys.new_key, name="key_new"),
    path("health/keys/revocation", keys.revocation, name="key_revoke"),
]
