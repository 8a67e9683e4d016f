"""Stand-ins for packages that run a model: the part of their interface that is used, and nothing more.

They compute what the real ones promise, by transformers, one prompt at a time. An argument that the real ones do not
know is an error here too.
"""

from types import ModuleType, SimpleNamespace

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig


class Model:
    """A causal model of transformers, and what it was asked."""

    def __init__(self, folder, **loaded):
        self.model, self.tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        self.loaded, self.asked = loaded, []

    def answer(self, row, max_tokens, repetition_penalty, temperature, seed):
        config = GenerationConfig(
            max_new_tokens=max_tokens,
            repetition_penalty=repetition_penalty,
            eos_token_id=0,
            pad_token_id=0,
            do_sample=temperature > 0,
            **({"temperature": temperature, "top_k": 0} if temperature > 0 else {}),
        )
        torch.manual_seed(seed or 0)
        ids = torch.tensor([row])
        out = self.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=config)
        return self.tokenizer.decode(out[0, len(row) :], skip_special_tokens=True)


def vllm():
    """The package ``vllm``, from version 0.11 on."""
    module = ModuleType("vllm")
    module.__version__, module.models = "0.33.0", []
    parameters = ModuleType("vllm.sampling_params")

    class StructuredOutputsParams:
        def __init__(self, json=None):
            self.json = json

    class SamplingParams:
        def __init__(self, repetition_penalty=1.0, temperature=1.0, seed=None, max_tokens=16, structured_outputs=None):
            self.answer = {"max_tokens": max_tokens, "repetition_penalty": repetition_penalty}
            self.answer |= {"temperature": temperature, "seed": seed}
            self.structured_outputs = structured_outputs

    class LLM(Model):
        def __init__(
            self,
            model,
            *,
            dtype="auto",
            max_model_len=None,
            tensor_parallel_size=1,
            enable_prefix_caching=True,
            structured_outputs_config=None,
            trust_remote_code=False,
        ):
            if max_model_len > 8192:
                raise ValueError("User-specified max_model_len is greater than the derived one (8192)")
            super().__init__(model, dtype=dtype, max_model_len=max_model_len, form=structured_outputs_config)
            assert not trust_remote_code and tensor_parallel_size == 1
            module.models.append(self)

        def generate(self, prompts, sampling_params=None, *, use_tqdm=True):
            assert not use_tqdm, "no second progress bar"
            rows = [prompt["prompt_token_ids"] for prompt in prompts]
            self.asked.append((rows, sampling_params))
            texts = [self.answer(row, **sampling_params.answer) for row in rows]
            return [SimpleNamespace(outputs=[SimpleNamespace(text=text)]) for text in texts]

    parameters.StructuredOutputsParams = StructuredOutputsParams
    module.sampling_params, module.SamplingParams, module.LLM = parameters, SamplingParams, LLM
    return {"vllm": module, "vllm.sampling_params": parameters}


def llama_cpp(folder):
    """The package ``llama_cpp``, whose GGUF file holds the model of a folder."""
    module = ModuleType("llama_cpp")
    module.__version__, module.models = "0.3.36", []

    class LlamaGrammar:
        def __init__(self, schema):
            self.schema = schema

        @classmethod
        def from_json_schema(cls, json_schema, verbose=True):
            return cls(json_schema)

    class Llama(Model):
        metadata = {"general.architecture": "llama", "llama.context_length": "8192"}

        def __init__(
            self,
            model_path,
            *,
            n_gpu_layers=0,
            n_ctx=512,
            n_threads=None,
            n_threads_batch=None,
            last_n_tokens_size=64,
            verbose=True,
        ):
            assert model_path.endswith(".gguf") and not verbose
            super().__init__(folder, n_ctx=n_ctx, last_n_tokens_size=last_n_tokens_size)
            module.models.append(self)

        def reset(self):
            self.asked.append("reset")

        def create_completion(
            self,
            prompt,
            max_tokens=16,
            temperature=0.8,
            top_p=0.95,
            min_p=0.05,
            repeat_penalty=1.0,
            top_k=40,
            seed=None,
            grammar=None,
        ):
            assert (top_p, top_k, min_p) == (1.0, 0, 0.0), "nothing but the temperature shapes a sample"
            assert 0 <= seed < 2**32 - 1, "the largest seed means any"
            self.asked.append((prompt, grammar))
            text = self.answer(prompt, max_tokens, repeat_penalty, temperature, seed)
            return {"choices": [{"text": text, "index": 0, "finish_reason": "stop"}]}

    module.Llama, module.LlamaGrammar = Llama, LlamaGrammar
    return {"llama_cpp": module}
