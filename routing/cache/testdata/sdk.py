"""Reads answers by the providers' own SDKs in both forms: as a body, and as a stream that
the SDK puts together. Takes pairs of an API and a base URL; prints a JSON array with an
object of both forms for each."""

import json
import sys

import anthropic
import openai


def chat(base):
    client = openai.OpenAI(base_url=base + "/v1", api_key="none", max_retries=0)
    ask = {"model": "auto", "messages": [{"role": "user", "content": "Why?"}]}
    plain = client.chat.completions.create(**ask)
    with client.chat.completions.stream(**ask, stream_options={"include_usage": True}) as stream:
        for _ in stream:
            pass
        whole = stream.get_final_completion()
    return plain, whole


def message(base):
    client = anthropic.Anthropic(base_url=base, api_key="none", max_retries=0)
    ask = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "Why?"}]}
    plain = client.messages.create(**ask)
    with client.messages.stream(**ask) as stream:
        for _ in stream:
            pass
        whole = stream.get_final_message()
    return plain, whole


def tidy(value):
    """Without what the SDK adds in one form only: null members, parsed copies and the index of calls."""
    if isinstance(value, list):
        return [tidy(v) for v in value]
    if isinstance(value, dict):
        added = ("parsed", "parsed_arguments", "parsed_output", "index")
        return {k: tidy(v) for k, v in value.items() if v is not None and k not in added}
    return value


APIS = {"openai_chat": chat, "anthropic_messages": message}
seen = []
for api, base in zip(sys.argv[1::2], sys.argv[2::2]):
    plain, whole = APIS[api](base)
    seen.append({"plain": tidy(plain.to_dict()), "streamed": tidy(whole.to_dict())})
print(json.dumps(seen))
