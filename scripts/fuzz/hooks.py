"""Lets most requests meet a document: generated ids and entity-tags hardly ever name one."""

import os
import random

import schemathesis

chance = random.Random(int(os.environ.get("FUZZ_SEED", "1")))
stored = {}
kept = 16


def collection_of(path):
    parts = path.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "api" else None


@schemathesis.hook
def before_call(context, case, kwargs):
    # What the service sets itself agrees with a generated value by chance only.
    if isinstance(case.body, dict) and chance.random() < 0.6:
        for member in ("id", "version", "status"):
            case.body.pop(member, None)
    known = stored.get(collection_of(case.path))
    if not known or not case.path_parameters or "id" not in case.path_parameters:
        return
    if chance.random() < 0.7:
        identifier, tag = chance.choice(known)
        case.path_parameters["id"] = identifier
        if case.method.upper() not in ("GET", "HEAD") and case.headers is not None:
            draw = chance.random()
            if draw < 0.5:
                case.headers["If-Match"] = tag
            elif draw < 0.6:
                case.headers["If-Match"] = "*"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # OpenAPI has no way to say that a body is left out: a 201 has none with Prefer: return=minimal.
    applied = response.headers.get("preference-applied", [])
    minimal = "return=minimal" in (applied if isinstance(applied, str) else ",".join(applied))
    return not (response.status_code == 201 and minimal and not response.content)


@schemathesis.hook
def after_call(context, case, response):
    collection = collection_of(case.path)
    tag = response.headers.get("etag")
    if collection is None or not tag or response.status_code not in (200, 201):
        return
    tag = tag[0] if isinstance(tag, list) else tag
    try:
        identifier = response.json().get("id")
    except (ValueError, AttributeError):
        return
    if not isinstance(identifier, str):
        return
    known = stored.setdefault(collection, [])
    known[:] = [entry for entry in known if entry[0] != identifier][-kept:] + [(identifier, tag)]
