"""What the command ``irllrec-intents`` prints about answers."""

from __future__ import annotations

import textwrap

from ..text import IntentStore, Record, Verdict, summary
from ..text.generate import OUTCOMES


def print_counts(store: IntentStore) -> None:
    """Prints how many answers there are, and how many tries they took.

    Args:
        store: Store of the answers.
    """
    for side, counts in summary(store).items():
        print(f"{side}: {counts['all']} ({', '.join(f'{counts[name]} {name}' for name in OUTCOMES)})")


def print_quality(verdicts: dict[str, list[Verdict]]) -> None:
    """Prints the faults of answers, with examples of the worst.

    Args:
        verdicts: Verdicts on each side, see :func:`~irllrec_pyg.text.judge_intents`.

    Examples:
        >>> print_quality({"items": [Verdict("echo", 1, 4, (("item/7", "Wants this."),)), Verdict("any", 1, 4)]})
        quality of items: 1 of 4 answers have a fault (25%)
                echo  1 (25%)
                      item/7: Wants this.
    """
    for side, found in verdicts.items():
        *faults, any_fault = found
        print(f"quality of {side}: {any_fault.count} of {any_fault.total} answers have a fault ({any_fault.share:.0%})")
        for fault in faults:
            if fault.count:
                print(f"  {fault.name:>10}  {fault.count} ({fault.share:.0%})")
            for entity, statement in fault.examples:
                print(f"{'':>14}{entity}: {textwrap.shorten(statement, 100, placeholder=' ...')}")


def record_text(record: Record | None) -> str:
    """A record as it is shown.

    Args:
        record: The record; :obj:`None` if the model was not asked yet.

    Examples:
        >>> record_text(None)
        '  not asked yet'
    """
    if record is None:
        return "  not asked yet"
    if record.answer is None:
        return f"  failed after {record.attempts} tries: {record.reason}\n  it wrote: {record.text}"
    lines = [("likes", "; ".join(record.answer.likes)), ("dislikes", "; ".join(record.answer.dislikes))]
    lines += [("intent", record.answer.intent), ("state", f"{record.state}, asked {record.attempts} time(s)")]
    return "\n".join(f"  {name:>8}: {value}" for name, value in lines)
