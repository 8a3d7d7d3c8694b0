"""A causal language model from disk, a random one of a few units, as a judge."""

from __future__ import annotations

import pytest

from inkrec import ModelError
from inkrec.language.causal_lm import CausalLm

torch = pytest.importorskip("torch", reason="the extra judge needs PyTorch")
transformers = pytest.importorskip("transformers", reason="the extra judge needs Transformers")


class Letters:
    """A tokeniser that takes every character for a token."""

    bos_token_id, eos_token_id = 0, 0

    def encode(self, text, add_special_tokens=False):
        return [1 + ord(c) % 50 for c in text]


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(3)
    settings = transformers.LlamaConfig(
        vocab_size=51, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=128,
    )  # fmt: skip
    return CausalLm(transformers.LlamaForCausalLM(settings), Letters())


def alone(judge, text, context):
    """The same, every text by itself and nothing kept."""
    front = Letters().encode(context)
    row = [0, *front, *Letters().encode(f" {text}" if context else text)]
    with torch.inference_mode():
        said = torch.log_softmax(judge._model(torch.tensor([row])).logits[0], -1)
    return sum(float(said[i - 1, row[i]]) for i in range(1 + len(front), len(row)))


@pytest.mark.parametrize("context", ["", "some words"])
@pytest.mark.parametrize(
    "texts", [["one"], ["one", "one two", "only"], ["a", "b"], ["on", "one"], ["one", "one"]]
)
def test_texts_that_share_their_beginning_are_judged_as_alone(judge, texts, context):
    found = judge.log_probability(texts, context)
    for text, log_p in zip(texts, found, strict=True):
        assert log_p == pytest.approx(alone(judge, text, context), abs=1e-3)


def test_nothing_is_judged_of_nothing(judge):
    assert judge.log_probability([], "a") == []


def test_a_model_comes_from_a_folder(judge, tmp_path):
    with pytest.raises(ModelError, match="no such folder"):
        CausalLm.load(tmp_path / "none")
    with pytest.raises(ModelError, match="no causal language model"):
        CausalLm.load(tmp_path)
