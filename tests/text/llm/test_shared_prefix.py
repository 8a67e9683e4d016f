import torch
from transformers import AutoModelForCausalLM, Cache, DynamicCache

from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text.llm.shared_prefix import SHARED_PREFIX, SharedPrefixLayer


def test_shared_prefix_is_what_each_row_would_compute(tmp_path):
    model = AutoModelForCausalLM.from_pretrained(save_tiny_llm(tmp_path / "llm")).eval()
    ids = torch.randint(5, 60, (3, 12), generator=torch.Generator().manual_seed(0))
    ids[:, :4] = ids[0, :4]
    mask = torch.ones(3, 12, dtype=torch.long)
    mask[1, 4:7] = 0  # padded after the beginning
    position = mask.cumsum(1) - 1
    with torch.no_grad():
        expected = model(ids, attention_mask=mask, position_ids=position).logits
        model.set_attn_implementation(SHARED_PREFIX)
        plain, known = model(ids, attention_mask=mask, position_ids=position).logits, DynamicCache()
        model.base_model(input_ids=ids[:1, :4], past_key_values=known)
        cache = Cache(layers=[SharedPrefixLayer(keys, values, 14) for keys, values, *_ in known])
        assert cache.get_seq_length() == 4
        steps = []
        for start, stop in ((4, 9), (9, 10), (10, 11), (11, 12)):  # several tokens at once, and one at a time
            out = model(
                ids[:, start:stop],
                attention_mask=mask[:, :stop],
                position_ids=position[:, start:stop],
                past_key_values=cache,
            )
            steps.append(out.logits)
    assert all(layer.keys.size(2) == 10 for layer in cache.layers)  # the beginning is not in it
    torch.testing.assert_close(plain[mask.bool()], expected[mask.bool()])
    kept = mask[:, 4:].bool()
    torch.testing.assert_close(torch.cat(steps, dim=1)[kept], expected[:, 4:][kept], rtol=1e-4, atol=1e-4)
