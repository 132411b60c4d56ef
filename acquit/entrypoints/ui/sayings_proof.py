"""What the proof of the books finds wrong, in the reader's language: see ``said``.

Amounts are in the smallest unit of their currency, as the records keep them.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PROOF_TEXTS = (
    _("a question is what was asked"),
    _("is about %(quantity)s %(currency)s; it was asked about %(quantity_asked)s"),
    _("its answers cannot be read: %(why)s"),
    _("answer %(place)s is not the sum of its shares"),
    _("cannot be read: %(why)s"),
    _("debits and credits differ by %(quantity)s %(currency)s"),
    _("functional amounts sum to %(quantity)s"),
    _("line %(count)s has debit %(quantity)s and credit %(quantity_credit)s"),
    _("its entry %(id)s does not exist or has another date"),
    _("its account does not exist"),
    _("with its original it leaves %(quantity)s on account %(code)s"),
    _("the trial balance moves by %(quantity)s %(currency)s"),
    _("they sum to %(quantity)s"),
    _(
        "cached and posted %(currency)s differ by %(quantity)s debit, "
        "%(quantity_credit)s credit, %(quantity_own)s functional"
    ),
    _("dated %(day)s, recorded after that month was locked"),
    _("no fact stands behind it"),
    _("it does not reverse the entry its fact names"),
    _("is not in the books (%(id)s)"),
    _("was made by rule %(rule)s about %(id)s, the fact says otherwise"),
    _("is dated %(day)s, before its fact of %(other)s"),
    _("line %(count)s is %(what)s; its fact says %(other)s"),
    _("has %(count)s lines; its fact says %(count_fact)s"),
    _("open %(quantity)s, but original less allocations is %(quantity_other)s"),
    _("says %(quantity)s %(currency)s; its document says %(other)s"),
    _("says %(quantity)s %(currency)s; its receipt says %(other)s"),
    _("says %(quantity)s %(currency)s; its bank line says %(other)s"),
    _("took %(quantity)s %(currency)s of a receipt back; the log says %(other)s"),
    _("has no open item"),
    _("allocations take %(quantity)s of %(quantity_whole)s"),
    _("joins %(one)s and %(other)s in %(currency)s"),
    _("does not take back what it reverses"),
    _(
        "%(account)s of customer %(id)s on %(day)s: sub-ledger %(quantity)s %(currency)s "
        "(%(quantity_own)s), books %(quantity_booked)s (%(quantity_booked_own)s)"
    ),
    _("moved %(quantity)s %(currency)s on account %(code)s; the books say %(quantity_booked)s"),
    _("line %(count)s of %(quantity)s is credited with %(quantity_credit)s"),
    _("its lines say %(quantity)s; the document says %(quantity_whole)s"),
    _("its taxable amounts say %(quantity)s; the document says %(quantity_whole)s"),
    _("its tax rows say %(quantity)s; the document says %(quantity_whole)s"),
    _("net and tax are not its gross amount"),
    _("has no line"),
    _("category %(category)s: its lines and its tax row differ by %(quantity)s"),
    _("counts to %(count)s, but %(count_used)s documents carry numbers %(first)s to %(last)s"),
    _("count to %(count)s, but %(count_used)s receipts carry a number of their own"),
    _("follows number %(count)s of its series: a gap or a double"),
    _("is dated %(day)s, before the number before it"),
    _("is %(state)s without a document"),
    _("is %(state)s with a document"),
    _("its rows cannot be read: %(why)s"),
    _("its rows are not those its digest was taken of"),
    _("its rounding plan shares %(quantity)s of %(quantity_tax)s tax"),
    _("tax of category %(category)s is %(quantity)s, not %(quantity_due)s"),
    _("was changed after it was stored"),
    _("waits since %(when)s"),
    _("ageing and control account differ by %(quantity)s (%(quantity_own)s functional)"),
    _("the columns in memory differ from the log; restart Acquit to read them anew"),
    _("unique key %(name)s begins with %(column)s"),
    _("has no row-level security"),
    _("%(column)s lacks its trigger %(name)s"),
    _("%(column)s may point into another company"),
    _("is %(state)s but no fact says so"),
    _("its dispatch is gone"),
    _("%(count)s deliveries over %(channel)s to %(recipient)s"),
    _("is the identity of %(count)s deliveries"),
    _(
        "%(count)s accepted + %(count_rejected)s rejected + %(count_known)s duplicate "
        "are not %(count_rows)s rows"
    ),
    _(
        "opening %(quantity)s and %(quantity_moved)s of movements are not closing "
        "%(quantity_closing)s"
    ),
    _("%(count)s lines are kept of %(count_new)s new ones"),
    _("opens with %(quantity)s, moves %(quantity_moved)s and closes with %(quantity_closing)s"),
    _("says that %(quantity)s moved; its lines say %(quantity_lines)s"),
    _(
        "line %(count)s bills %(quantity)s at %(quantity_price)s; delivery %(number)s handed over"
        " %(quantity_delivered)s at %(quantity_ordered)s"
    ),
    _("its row is gone from %(table)s"),
    _("the same thing happened %(count)s times"),
    _("no %(act)s stands behind it"),
    _("%(field)s is %(what)s; fact %(count)s says %(other)s"),
    _("fact %(count)s is missing"),
    _("fact %(count)s does not point at the fact before it"),
    _("fact %(count)s was changed after it was recorded"),
    _("the chain ends at %(count)s, its head says %(count_head)s"),
    _("its bytes were changed"),
    _("its file %(digest)s is not in the archive"),
    _("names no command or no actor"),
    _("is not in the bank's file"),
    _("is %(quantity)s %(currency)s on %(day)s; the file says %(other)s"),
    _("does not point at its bytes in the bank's file"),
    _("has %(quantity)s of charges; the file says %(quantity_file)s"),
    _(
        "says %(quantity)s + %(quantity_tax)s = %(quantity_gross)s; document %(number)s says "
        "%(quantity_net)s + %(quantity_its_tax)s"
    ),
    _(
        "says %(quantity)s + %(quantity_tax)s = %(quantity_gross)s; its plan says "
        "%(quantity_net)s + %(quantity_its_tax)s"
    ),
    _(
        "says %(quantity)s in %(count)s parts; %(count_kept)s parts are kept and say "
        "%(quantity_kept)s"
    ),
    _("its parts are not those its digest was taken of"),
    _(
        "says %(quantity)s and %(quantity_charge)s of charges; fact %(fact)s says "
        "%(quantity_fact)s and %(quantity_fact_charge)s"
    ),
    _("is worth %(quantity)s; the books say %(quantity_books)s"),
    _("says %(quantity)s %(currency)s; its shares say %(quantity_shares)s"),
    _("its shares cannot be read: %(why)s"),
    _("is %(quantity)s %(currency)s; fact %(fact)s says %(other)s"),
    _("its limit is gone"),
    # What is proven
    _("not shown: %(what)s"),
    _("each entry balances in every currency"),
    _("money that moved is money in the books"),
    _("an open item is what its document or receipt says"),
    _("open = original - allocations"),
    _("no credit is used beyond its amount"),
    _("an allocation joins a claim and a credit of one currency"),
    _("bank lines are in the bank's files"),
    _("every bank line is consumed once, whole"),
    _("what the bank took back left its receipt"),
    _("what money left open is a gap, and nothing else is"),
    _("money left %(minor)s of it open, and there is no gap"),
    _("has an open gap that no money left"),
    _("no line is credited beyond itself"),
    _("each line has one side"),
    _("each tax row is the sum of its lines"),
    _("lines, taxes and totals add up"),
    _("amounts are what the recorded rates and facts give"),
    _("numbers run from 1 without gap, dates in order"),
    _("only issued drafts have a document"),
    _("a draft says what its plan, then its document says"),
    _("an advice is its parts"),
    _("a return is worth what its debit was booked with"),
    _("a return is what was settled last"),
    _("a proposal is the sum of its shares"),
    _("a limit is what was saved last"),
    _("archived bytes are unchanged"),
    _("every document says what its digest covers"),
    _("every file that is pointed at is kept"),
    _("parties are as printed"),
    _("the chain of facts is whole, up to its head"),
    _("numbers of receipts are all used, each once"),
    _("every entry follows from one fact"),
    _("what was sent is a fact, and the other way round"),
    _("entries, lines and accounts belong together"),
    _("one logical delivery, one identity"),
    _("no row of an import is lost"),
    _("what was delivered is billed at the price ordered"),
    _("a bank day is its lines, between its balances"),
    _("opening + movements = closing"),
    _("nothing waits to be sent beyond its limit"),
    _("every key starts with the company"),
    _("every reference stays in the company"),
    _("a reversal is of the entry its fact names"),
    _("an entry and its reversal leave nothing"),
    _("every fact names its command and actor"),
    _("%(act)s and its rows say the same"),
    _("the trial balance is zero at every day and time"),
    _("cached balances are the sums of their lines"),
    _("control accounts are the sums of their sub-ledgers"),
    _("nothing entered a locked month"),
    _("ageing = control accounts, at every month's end"),
    _("a payout without money is booked once, whole"),
    _("the ageing of columns in memory = the as-at engine's"),
)
