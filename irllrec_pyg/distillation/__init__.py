"""Distillation: a ranker of any form becomes one embedding per user and one per item."""

from .compact import compact
from .fit import fit_student, overlap
from .head import TeacherHead, teacher_head
from .start import factorize
from .student import Student

__all__ = ["Student", "TeacherHead", "compact", "factorize", "fit_student", "overlap", "teacher_head"]
