"""Measures of text: its errors, its confidences, and how it grows under the pen.

Conventions: rates are in percent and may exceed 100, delays are in s, words are
what whitespace separates, and case and punctuation count. ``references`` are true
texts and ``hypotheses`` what was read, one of each a line, both stripped. A rate
of nothing is nan.

=================================  ================================================
``cer``, ``wer``                   edits of all lines over reference characters
                                   (words) of all lines
``cer_iamhwr``, ``wer_iamhwr``     the convention of IAMhwr, to compare with it
``wer_joined``                     `wer` where spaces before marks do not count
``bootstrap``                      interval of a rate when whole writers are redrawn
``calibration_error``              how far confidences are from the share right
``confidence_bins``                the same in bins, to draw it
``shown_delays``,                  s from a word's last pen-up until it is shown
``commit_delays``                  right, until it is committed
``edit_overhead``,                 how much of what is shown was in vain
``retractions``
``changed_words``,                 how often words that were shown change
``unstable_words``
``accuracy``, ``stream``           all of them at once
=================================  ================================================
"""

from __future__ import annotations

from .accuracy import (
    accuracy,
    bootstrap,
    calibration_error,
    cer,
    cer_iamhwr,
    confidence_bins,
    edits,
    validate,
    wer,
    wer_iamhwr,
    wer_joined,
    words_right,
)
from .streaming import (
    ShownText,
    StreamTrace,
    changed_words,
    commit_delays,
    edit_overhead,
    retractions,
    shown_delays,
    stream,
    unstable_words,
)

__all__ = [
    "ShownText",
    "StreamTrace",
    "accuracy",
    "bootstrap",
    "calibration_error",
    "cer",
    "cer_iamhwr",
    "changed_words",
    "commit_delays",
    "confidence_bins",
    "edit_overhead",
    "edits",
    "retractions",
    "shown_delays",
    "stream",
    "unstable_words",
    "validate",
    "wer",
    "wer_iamhwr",
    "wer_joined",
    "words_right",
]
