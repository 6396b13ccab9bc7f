"""Uses the providers' own SDKs against one address, as an unchanged client would.

Prints one JSON object per check: its name, what was seen, and "error" where the SDK
raised what it should not have. What is right is for the caller to say.
"""

import argparse
import json

import anthropic
import openai
from pydantic import BaseModel


class Weather(BaseModel):
    city: str
    degrees: int


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
QUESTION = "What is the weather like in Seoul?"


def seen(response, **facts):
    """The facts, with the headers that tell how a raw response came about."""
    headers = {k: v for k, v in response.headers.items() if k.startswith("x-sluice-")}
    return {**facts, "headers": headers} if headers else facts


class OpenAI:
    def __init__(self, args):
        self.model, self.failing = args.model, args.failing
        self.client = openai.OpenAI(base_url=args.base + "/v1", api_key="client-key", max_retries=0)
        self.raw = self.client.chat.completions.with_raw_response

    def ask(self, prompt):
        return {"model": self.model, "messages": [{"role": "user", "content": prompt}]}

    def models(self):
        return {"models": [m.id for m in self.client.models.list()]}

    def chat(self):
        r = self.raw.create(**self.ask(QUESTION))
        c = r.parse()
        return seen(r, model=c.model, text=c.choices[0].message.content, tokens=c.usage.completion_tokens)

    def stream(self):
        r = self.raw.create(**self.ask(QUESTION), stream=True, stream_options={"include_usage": True})
        text, tokens, model = "", 0, ""
        for chunk in r.parse():
            model = chunk.model
            text += "".join(c.delta.content or "" for c in chunk.choices)
            tokens = chunk.usage.completion_tokens if chunk.usage else tokens
        return seen(r, model=model, text=text, tokens=tokens)

    def tools(self):
        tool = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
        ask = self.ask(QUESTION)
        message = self.raw.create(**ask, tools=[tool], tool_choice="required").parse().choices[0].message
        call = message.tool_calls[0]
        result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        r = self.raw.create(**{**ask, "messages": ask["messages"] + [message, result]}, tools=[tool])
        text = r.parse().choices[0].message.content
        return seen(r, tool=call.function.name, arguments=json.loads(call.function.arguments), text=text)

    def parse(self):
        r = self.raw.parse(**self.ask(QUESTION), response_format=Weather)
        return seen(r, parsed=r.parse().choices[0].message.parsed.model_dump())

    def responses(self):
        r = self.client.responses.create(model=self.model, input=QUESTION)
        return {"model": r.model, "text": r.output_text, "tokens": r.usage.output_tokens}

    def responses_stream(self):
        with self.client.responses.stream(model=self.model, input=QUESTION) as s:
            text = "".join(e.delta for e in s if e.type == "response.output_text.delta")
            return {"text": text, "tokens": s.get_final_response().usage.output_tokens}

    def embeddings(self):
        r = self.client.embeddings.create(model=self.model, input=["one", "two"])
        return {"vectors": len(r.data), "dimensions": len(r.data[0].embedding)}

    def failure(self):
        try:
            self.raw.create(**self.ask(self.failing))
        except openai.APIStatusError as e:
            return seen(e.response, status=e.status_code, code=e.code, kind=e.type, message=e.message)


class Anthropic:
    def __init__(self, args):
        self.model, self.failing = args.model, args.failing
        self.client = anthropic.Anthropic(base_url=args.base, api_key="client-key", max_retries=0)
        self.raw = self.client.messages.with_raw_response

    def ask(self, prompt):
        return {"model": self.model, "max_tokens": 1000, "messages": [{"role": "user", "content": prompt}]}

    def models(self):
        return {"models": [m.id for m in self.client.models.list()]}

    def chat(self):
        r = self.raw.create(**self.ask(QUESTION))
        m = r.parse()
        return seen(r, model=m.model, text=m.content[0].text, tokens=m.usage.output_tokens)

    def stream(self):
        with self.client.messages.stream(**self.ask(QUESTION)) as s:
            text = "".join(s.text_stream)
            m = s.get_final_message()
            return seen(s.response, model=m.model, text=text, tokens=m.usage.output_tokens)

    def tools(self):
        tool = {"name": "weather", "input_schema": SCHEMA}
        ask = self.ask(QUESTION)
        message = self.raw.create(**ask, tools=[tool], tool_choice={"type": "any"}).parse()
        call = message.content[0]
        turns = [
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]},
        ]
        r = self.raw.create(**{**ask, "messages": ask["messages"] + turns}, tools=[tool])
        return seen(r, tool=call.name, arguments=call.input, text=r.parse().content[0].text)

    def parse(self):
        m = self.client.messages.parse(**self.ask(QUESTION), output_format=Weather)
        return {"parsed": m.parsed_output.model_dump()}

    def count_tokens(self):
        ask = self.ask(QUESTION)
        r = self.client.messages.count_tokens(model=ask["model"], messages=ask["messages"])
        return {"tokens": r.input_tokens}

    def failure(self):
        try:
            self.raw.create(**self.ask(self.failing))
        except anthropic.APIStatusError as e:
            return seen(e.response, status=e.status_code, kind=e.type, message=e.message)


CHECKS = {
    "openai": (OpenAI, ["models", "chat", "stream", "tools", "parse", "responses", "responses_stream", "embeddings", "failure"]),
    "anthropic": (Anthropic, ["models", "chat", "stream", "tools", "parse", "count_tokens", "failure"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="address that both SDKs are pointed at, such as http://127.0.0.1:10000")
    parser.add_argument("--model", required=True, help="model that every check asks for")
    parser.add_argument("--failing", required=True, help="prompt whose answer is an error status")
    parser.add_argument("--only", help="comma-separated names of checks, such as openai.chat")
    args = parser.parse_args()
    for name, (sdk, methods) in CHECKS.items():
        client = sdk(args)
        for method in methods:
            check = f"{name}.{method}"
            if args.only and check not in args.only.split(","):
                continue
            try:
                facts = getattr(client, method)()
            except Exception as e:
                facts = {"error": f"{type(e).__name__}: {e}"}
            print(json.dumps({"check": check, **(facts or {"error": "nothing was raised"})}), flush=True)


main()
