"""Quality of answers: what is wrong with those that have the right form."""

from .faults import FAULTS, find_faults
from .verdict import Verdict, judge_answers

__all__ = ["FAULTS", "Verdict", "find_faults", "judge_answers"]
