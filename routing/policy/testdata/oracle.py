"""What the four routers must decide, worked out in Python from their written rules.

Python is where the rules come from: its ideas of white space, lower case and
IGNORECASE, its floats and its % are the reference. Standard input is one JSON object
per line. The first is {"experiments": {name: {variant: {"model", "weight"}}}}, each
other one a request {"prompt", "spent", "user", "experiment"}; for each request one
object with the expectations is printed.
"""

import hashlib
import json
import re
import sys

LENGTHS = ((500, 0.3), (200, 0.15))  # more words than this add so much
KEYWORDS = "분석 비교 추론 설명해 왜 analyze compare reason explain".split()
KEYWORD = 0.1
CODE, CODE_WEIGHT = re.compile(r"`{3}|(?:def|class|import) "), 0.2
MATH, MATH_WEIGHT = re.compile(r"\$.*\$|\\(?:frac|sum)"), 0.15

DOMAINS = {  # the first that is found wins
    "code": "``` 코드 함수 클래스 python javascript",
    "math": "수학 증명 계산 equation $",
    "writing": "글 작성 소설 에세이 write",
    "rag_summary": "요약 summarize 문서",
}
DOMAIN_PATTERNS = {
    name: re.compile("|".join(map(re.escape, words.split())), re.IGNORECASE)
    for name, words in DOMAINS.items()
}
FIRST_CHOICE = {
    "code": "claude-sonnet-4",
    "math": "o1",
    "writing": "claude-opus-4",
    "rag_summary": "gpt-4o-mini",
}
ANYTHING_ELSE = "gpt-4o-mini"

LIMIT, RESERVE = 10.0, 0.5
TIERS = (  # tier, complexity that must be exceeded, model, dollars
    ("flagship", 0.7, "claude-opus-4", 0.15),
    ("premium", 0.4, "claude-sonnet-4", 0.05),
    ("standard", 0.2, "gpt-4o-mini", 0.01),
    ("budget", float("-inf"), "llama-3.2-3b", 0.001),
)
CASCADE = (("llama-3.2-3b", 5, 0.8), ("gpt-4o-mini", 15, 0.6), ("claude-opus-4", 60, 0.0))


def describe(prompt):
    words = len(prompt.split())
    code, math = bool(CODE.search(prompt)), bool(MATH.search(prompt))
    parts = [weight for above, weight in LENGTHS if words > above][:1]
    parts += [KEYWORD for keyword in KEYWORDS if keyword in prompt.lower()]
    parts += [CODE_WEIGHT] * code + [MATH_WEIGHT] * math
    total = 0.0
    for part in parts:  # not sum(), which rounds differently from Python 3.12 on
        total += part
    domain = next((d for d, p in DOMAIN_PATTERNS.items() if p.search(prompt)), "general")
    return {"words": words, "code": code, "math": math, "complexity": min(total, 1.0), "domain": domain}


def hierarchical(complexity, spent):
    if LIMIT - spent < RESERVE:
        tier, _, model, cost = TIERS[-1]
        reason = "budget_exhausted"
    else:
        tier, _, model, cost = next(t for t in TIERS if complexity > t[1])
        reason = "complexity_%.2f" % complexity
    return {"model": model, "tier": tier, "reason": reason, "cost": cost}


def experiment(experiments, name, user):
    variants = experiments.get(name)
    if variants is None:
        return {"model": ANYTHING_ELSE, "variant": "unknown"}
    digest = hashlib.md5((user + ":" + name).encode()).digest()
    share = int.from_bytes(digest, "big") % 1000 / 1000
    upper = 0
    for variant, arm in variants.items():
        upper += arm["weight"]
        if share < upper:
            break
    else:
        variant, arm = next(iter(variants.items()))
    return {"model": arm["model"], "variant": variant}


def main():
    lines = map(json.loads, sys.stdin.buffer)
    experiments = next(lines)["experiments"]
    for request in lines:
        facts = describe(request["prompt"])
        print(json.dumps({
            "facts": facts,
            "hierarchical": hierarchical(facts["complexity"], request["spent"]),
            "domain": FIRST_CHOICE.get(facts["domain"], ANYTHING_ELSE),
            "cascade": [{"model": m, "timeout": t, "confidence": c} for m, t, c in CASCADE],
            "experiment": experiment(experiments, request["experiment"], request["user"]),
        }))


main()
