"""Invented names for people, services and hosts."""

FIRST = (
    "anna", "ben", "clara", "david", "elif", "farid", "greta", "hugo", "ines", "jonas", "kofi", "lena", "marek", "nadia", "oskar", "paula",
    "quinn", "rosa", "samir", "tara", "umar", "vera", "wim", "xenia", "yusuf", "zoe", "aiko", "bruno", "chidi", "dana", "emil", "fatou",
)  # fmt: skip
LAST = (
    "abel", "brandt", "cole", "duarte", "ekholm", "fischer", "garcia", "hoang", "ivanov", "jensen", "kovacs", "lindqvist", "mensah", "novak",
    "okafor", "petit", "quist", "rossi", "sato", "tanaka", "ulrich", "varga", "weber", "yilmaz", "zeller", "almeida", "bakker", "castro",
)  # fmt: skip
SERVICES = (
    "payments", "catalog", "orders", "search", "billing", "reports", "gateway", "notify", "images", "ledger", "pricing", "stock", "returns",
    "profile", "audit", "export", "import", "scoring", "quotes", "shipping",
)  # fmt: skip
BUCKETS = (
    "customer-exports",
    "invoices",
    "web-assets",
    "data-lake",
    "backups",
    "app-logs",
    "ml-training",
    "terraform-state",
)
SECRETS = (
    "prod/payments/database",
    "prod/ledger/database",
    "prod/stripe/api-key",
    "prod/smtp",
    "staging/catalog/database",
    "prod/ldap/bind",
)
