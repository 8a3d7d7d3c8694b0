"""A causal language model from disk as a judge of lines, by Transformers.

Needs the extra ``judge``. Models are folders as Transformers saves them, or GGUF files; nothing
is downloaded and no code of a model's is run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._checks import require
from ..errors import ModelError

__all__ = ["CausalLm"]


class CausalLm:
    """A judge: how probable texts are to a causal language model.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        A causal one.
    tokenizer : transformers.PreTrainedTokenizerBase
        Its tokeniser.
    max_context : int, optional
        Tokens of the text before that are looked at.
    """

    def __init__(self, model: Any, tokenizer: Any, max_context: int = 256) -> None:
        self._model, self._tokenizer, self._most = model.eval(), tokenizer, max_context
        first = tokenizer.bos_token_id
        self._first: int = tokenizer.eos_token_id if first is None else first
        if self._first is None:
            raise ModelError("the tokeniser has no token that begins or ends a text")

    @classmethod
    def load(cls, path: str | os.PathLike[str], max_context: int = 256) -> CausalLm:
        """Read a model from disk.

        Parameters
        ----------
        path : path
            A folder as Transformers saves one, or a GGUF file.
        max_context : int, optional

        Raises
        ------
        MissingExtraError
            If Transformers is not installed.
        ModelError
            If there is no such model there.
        """
        transformers = require("transformers", "judge")
        require("torch", "judge")
        place = Path(path)
        if not place.exists():
            raise ModelError(f"{os.fspath(path)}: there is no such folder or file")
        folder, more = (place, {}) if place.is_dir() else (place.parent, {"gguf_file": place.name})
        if more:
            for package in ("gguf", "accelerate"):
                require(package, "judge")
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, **more
            )
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, **more
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{os.fspath(path)} is no causal language model: {error}") from error
        return cls(model, tokenizer, max_context)

    def __repr__(self) -> str:
        return f"<CausalLm {type(self._model).__name__}>"

    def log_probability(self, texts: Sequence[str], context: str = "") -> list[float]:
        """Natural log-probability of each text behind the context.

        What the texts have in common in front is computed once.

        Parameters
        ----------
        texts : sequence of str
        context : str

        Returns
        -------
        list of float
        """
        torch = require("torch", "judge")
        front = " ".join(context.split())
        before = self._encode(front)[-self._most :] if front else []
        rows = [
            [self._first, *before, *self._encode(f" {text}" if front else text)] for text in texts
        ]
        if not rows:
            return []
        start = 1 + len(before)
        shared = min(len(row) for row in rows)
        shared = next(
            (i for i in range(shared) if any(row[i] != rows[0][i] for row in rows)), shared
        )
        shared = max(1, shared)
        with torch.inference_mode():
            out = self._model(torch.tensor([rows[0][:shared]]), use_cache=True)
            said = torch.log_softmax(out.logits[0].float(), -1)
            common = sum(float(said[i - 1, rows[0][i]]) for i in range(start, shared))
            rest = [row[shared:] for row in rows]
            longest = max(map(len, rest))
            if not longest:
                return [common] * len(rows)
            cache = out.past_key_values
            cache.batch_repeat_interleave(len(rows))
            padded = torch.tensor([row + [self._first] * (longest - len(row)) for row in rest])
            more = self._model(padded, past_key_values=cache, use_cache=True)
            after = torch.log_softmax(more.logits.float(), -1)
        return [
            common
            + sum(
                float(said[-1, token] if i == 0 else after[k, i - 1, token])
                for i, token in enumerate(row)
            )
            for k, row in enumerate(rest)
        ]

    def _encode(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return found
