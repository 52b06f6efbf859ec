"""Which answer is right where the two disagree, by the specification, and where it is silent by what loses nothing."""
import re

REASONS = {
    "record-names": "Java reads a record of another name whose fields fit, fastavro refuses it: read, as topics have such",
    "simple-names": "enums and fixeds of one plain name in two namespaces are the same type also within a union; Java knows full names alone there",
    "field-aliases": "a field's aliases hold for the record of the same plain name; Java asks for the full one",
    "name-first": "a field that has its name takes no alias; Java renames before it looks",
    "full-name-first": "a type that stands in the union under its full name is that one; Java and fastavro take another's alias before",
    "two-for-one": "two of the writer's fields are one of the reader's by its aliases: the alias named first; Java and fastavro fail",
    "exact-first": "a union's branch of the same type goes before a promotion to another; fastavro takes the first of both",
    "full-names": "one plain name in two namespaces: the full name tells; fastavro takes the first",
    "alias-space": "an alias without a dot is of the type's own namespace, one with a dot at the start of none; not for fastavro",
    "empty": "an array or map without entries resolves whatever its entries would be; not for fastavro",
    "rounding": "a float holds 24 bits, rounded once; fastavro keeps a double",
    "default-fields": "a default of a record takes the defaults of fields that it leaves out; not for fastavro",
    "utf-8": "bytes that are no UTF-8 are no text; Java puts U+FFFD in",
}

DECISIONS = [
    (r".*alias without namespace that means another|.*alias with a dot", "java", "alias-space"),
    (r"(enum|fixed) in an array of another name|an empty (array|map) .*|an array whose items are never read", "java", "empty"),
    (r"record .* of another name|the first that fits|the plain name of one that does not fit|a branch the reader lacks", "java", "record-names"),
    (r"one plain name in two namespaces|types whose names were swapped", "java", "full-names"),
    (r"long as float.*|the default of a whole number for a float.*", "java", "rounding"),
    (r"itself before a promotion, text", "java", "exact-first"),
    (r"the default of record.*", "java", "default-fields"),
    (r"enum by plain name in a union", "fastavro", "simple-names"),
    (r"the name before an alias, both with defaults", "fastavro", "name-first"),
    (r"a field of a record of another namespace, by alias", "fastavro", "field-aliases"),
    (r"full name before an alias", {"bytes": ["020e"]}, "full-name-first"),
    (r"one field for two that the writer has", {"bytes": ["02027a"]}, "two-for-one"),
    (r"bytes that are no UTF-8 are no text", "fastavro", "utf-8"),
    (r"seed (45|195|241|340)", "java", "empty"),
    (r"seed 130", "java", "rounding"),
    (r"seed (137|201|248|282|291)", "java", "record-names"),
    (r"seed (365|395)", "fastavro", "field-aliases"),
]


def decision(about):
    """Whose answer is right, or the right ones themselves, and why; None for a pair that nobody has looked at."""
    for pattern, right, why in DECISIONS:
        if re.fullmatch(pattern, about):
            return {"right": right, "why": REASONS[why]}
    return None
