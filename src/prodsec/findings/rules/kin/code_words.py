"""What rules of code scanners are about, told by their words. Tools without CWE numbers have words, and many give one CWE to all that
smells of it (Bandit's 78 for a shell, a partial path and eval alike). The first line that fits names the topic; `CWE-…` is a family of
`vocabulary.weaknesses`, so that a rule known by its words meets one known by its number.
"""

import re

# Bandit's tests by number; Ruff's and flake8-bandit's S rules carry the same numbers. Source: Bandit's and Ruff's lists of rules.
BANDIT: dict[int, str] = {
    101: "assert", 102: "CWE-94", 103: "CWE-732", 104: "all interfaces", 105: "CWE-798", 106: "CWE-798", 107: "CWE-798",
    108: "CWE-377", 109: "CWE-489", 110: "swallowed exception", 112: "swallowed exception", 113: "no timeout", 201: "CWE-489",
    202: "CWE-22", 301: "CWE-502", 302: "CWE-502", 303: "CWE-327", 304: "CWE-327", 305: "CWE-327", 306: "CWE-377",
    307: "CWE-94", 308: "CWE-79", 310: "opened URL", 311: "CWE-330", 312: "CWE-319", 321: "CWE-319", 323: "CWE-295",
    324: "CWE-327", 325: "CWE-377", 401: "CWE-319", 402: "CWE-319", 403: "import pickle", 404: "import subprocess",
    412: "CWE-807", 413: "CWE-327", 415: "CWE-319", 501: "CWE-295", 502: "CWE-327", 503: "CWE-327", 504: "CWE-327",
    505: "weak key", 506: "CWE-502", 507: "host key", 508: "CWE-319", 509: "CWE-319", 601: "CWE-77", 602: "CWE-77",
    603: "CWE-77", 604: "CWE-77", 605: "CWE-77", 606: "CWE-77", 607: "CWE-426", 608: "CWE-89", 609: "CWE-155",
    610: "CWE-89", 611: "CWE-89", 612: "CWE-94", 613: "CWE-1007", 614: "CWE-502", 615: "CWE-494", 701: "CWE-79",
    702: "CWE-79", 703: "CWE-79", 704: "CWE-79", **dict.fromkeys(range(313, 321), "CWE-611"),
    **dict.fromkeys(range(405, 412), "CWE-611"),
}  # fmt: skip
_BANDIT_RULE = re.compile(r"^(?:bandit\.)?[BS](\d{3})\b")

# Order matters: what is more telling comes first.
_WORDS: tuple[tuple[str, str], ...] = (
    ("assert", r"\basserts?\b(?!ion)|\bassert (used|statement)"),
    ("swallowed exception", r"try,? ?except,? ?(pass|continue)|empty (catch|except)|(silent|swallow|ignor)\w* exception"),
    ("no timeout", r"(without|no|missing|lack\w*|use|set)( a| any)? timeout|timeout (set|missing|argument)"),
    ("all interfaces", r"(all|every) (network )?interfaces?|bind\w* (to )?all|0 0 0 0|bad host"),
    ("host key", r"host ?keys?|implicit trust|missing ?host|known hosts"),
    ("weak key", r"key (size|length)|(weak|insufficient|short|small) (\w+ )?key\b|weak (cryptographic|rsa|dsa|ec) key"),
    ("CWE-489", r"debug (mode|enabled|true)|debug\b.*(production|enabled|active)|active debug"),
    ("CWE-426", r"partial (executable )?path|untrusted search path"),
    ("CWE-155", r"wildcard (injection|character)|wildcards?.*(shell|command)"),
    ("CWE-943", r"no ?sql|mongo\w*.*inject"),
    ("CWE-90", r"\bldap\b"),
    ("CWE-643", r"\bxpath\b"),
    ("CWE-89", r"\bsqli?\b|sequelize|raw query|hql|jdbc"),
    ("CWE-502", (r"deseriali[sz]\w*|unseriali[sz]\w*|unmarshal\w*|pickle|marshal|shelve|jsonpickle|dill\b|yaml (unsafe )?load|"
                r"unsafe (yaml|load)|pyyaml|object ?input ?stream|read ?object|binary ?formatter")),
    ("CWE-611", (r"\bxxe\b|external (xml )?entit\w*|defused|\bxml (library|parse|etree|dom|sax|rpc|minidom|pulldom)|noent|"
                r"\bxml\b.*(vulnerable|attacks?)|minidom|expat\w*|etree")),
    ("CWE-918", r"\bssrf\b|server side request"),
    ("CWE-601", r"open redirect|url redirect\w*|redirect(s|ion)? to|unvalidated redirect"),
    ("CWE-352", r"\bcsrf\b|xsrf|cross site request"),
    ("CWE-1004", r"http ?only"),
    ("CWE-614", r"cookie.*secure|secure (flag|cookie)|secure attribute|insecure cookie"),
    ("CWE-942", r"\bcors\b|cross origin|access control allow origin"),
    ("CWE-208", r"timing (attack|safe|unsafe)"),
    ("CWE-1321", r"prototype pollut\w*|object injection|mass ?assign\w*|__proto__"),
    ("CWE-1333", (r"re ?dos\b|regex dos|unsafe reg(ex|ular)|non literal reg ?exp?|reg(ular )?ex\w*.*(denial|dos\b|injection|complex|safe)|"
                 r"regexp? (argument|with)|regexp constructor|catastrophic")),
    ("dynamic import", r"non literal (require|import)|dynamic (require|import)|require with|in require\b|require variable"),
    ("CWE-295", (r"cert\w* (validation|verif\w*)|verif\w* (of )?(ssl|tls|cert\w*)|verify (false|none|disabled)|unverified (ssl )?context|"
                r"tls reject|reject ?unauthori[sz]ed|(disabl|skip|bypass|without|no|insecure)\w* (ssl|tls|cert\w*) ?(verif\w*|valid\w*|check\w*)?|"
                r"insecure ?skip ?verify|trust ?all|host ?name ?verif\w*|self signed|cert validation|no cert|tls verification")),
    ("CWE-319", (r"telnet|ftp ?lib|\bftp\b|clear ?text (transmission|protocol|http)|unencrypted (connection|channel|socket|request)|"
                r"insecure (transport|request|websocket|protocol)|\bhttp url|plain ?text http|snmp")),
    ("CWE-326", (r"(ssl|tls)( |_)?v?[123]?( ?\d)? (is |are )?(version|protocol|deprecat\w*|insecure|bad)|weak (ssl|tls)|"
                r"insecure (ssl|tls)|wrap ?socket|(ssl|tls) with|bad (version|default)s?|minimum tls")),
    ("CWE-330", (r"pseudo ?random\w*|insecure random\w*|math random|weak (random|prng)\w*|random (number|value)?.*(not )?(secure|crypto\w*|suitable)|"
                r"\brand(om)?\b.*(secur|crypt|predict)|insecure rand\w*|\bprng\b|non cryptographic rand\w*|\bnot sufficiently random|static seed|msc51")),
    ("CWE-327", (r"\bmd[245]\b|\bsha ?1\b|weak (hash|cipher|crypto\w*|algorithm|encryption)\w*|insecure (hash|cipher|crypto\w*|algorithm)\w*|"
                r"broken (or risky )?crypto\w*|\becb\b|\bcbc\b|\bdes\b|\b3des\b|\brc[24]\b|\barc4\b|blowfish|pycrypto|"
                r"cipher (mode|without)|crypto mode|(mode|encryption) .*without.*authentic\w*|hashlib|risky crypto|"
                r"create ?(hash|cipher)|password hash\w*|use of (weak|broken)")),
    ("CWE-377", r"temp(orary)? ?(file|dir|path|name)\w*|mk ?s?temp|tmp ?(nam|file|path|dir|directory)\w*|tempnam"),
    ("CWE-798", (r"hard ?coded|password (string|func\w*|default|in (code|source|url))|secret (in|detected|keyword)|credentials? in|"
                r"(possible|potential) (password|secret|credential)|api ?key|private ?key (found|detected|in)|secret key|"
                r"generic (secret|password|credential)|password literal")),
    ("CWE-94", (r"\bevals?\b|\bexec (used|detected|built ?in|function)|use of exec\b|\bexec\(\)|code (injection|eval\w*|execution via)|"
               r"(server side )?template injection|\bssti\b|new func\b|function constructor|implied eval|dynamic code|"
               r"render template string|server side injection|script engine|vm (run|injection|code)|listen eval|logging config")),
    ("CWE-22", (r"path (traversal|join|injection)|directory traversal|traversal|non literal fs|fs filename|file ?name.*(non literal|user|taint)|"
               r"tar ?file|extract ?all|zip ?slip|local file inclusion|\blfi\b|arbitrary file|path expression|send ?file|uncontrolled path")),
    ("CWE-77", (r"command (injection|exec\w*|processor|line injection)|os command|shell|subprocess|child ?process|\bos (system|exec|popen|spawn)|"
               r"system (call|command)|\bpopen\b|process (builder|start|exec\w*)|runtime exec|exec command|start(s|ed|ing)? a? ?process|"
               r"new program to execute|dangerous (system|exec|spawn)|paramiko call|spawn")),
    ("CWE-79", (r"\bxss\b|cross site scripting|inner ?html|outer ?html|insert ?adjacent ?html|document (write|method)|mark ?safe|markup|"
               r"auto ?escap\w*|unescape\w*|unsaniti[sz]ed|dangerously ?set|jinja2?|mako|html (escap\w*|injection)|raw html|"
               r"direct response|response write|bypass ?security ?trust|template string|v html")),
    ("opened URL", r"url ?(lib|open\w*)|custom url scheme|file scheme|audit url"),
    ("CWE-134", r"format string\w*|printf fn|externally controlled format"),
    ("CWE-415", r"double ?free"),
    ("CWE-416", r"use after free|dealloc\w* ?use|freed memory|dangling"),
    ("CWE-476", r"null ?(pointer|deref\w*)"),
    ("CWE-401", r"mem(ory)? ?leak|resource leak"),
    ("CWE-119", (r"buffer (over|under)(flow|run|read)s?|out ?of ?bounds?|bounds check|\bstr(n?cpy|n?cat)\b|string copy|\bgets\b|gets ?called|"
                r"\bv?sn?printf\b|\bf?scanf\b|invalid ?scanf|memcpy|overflows? when|statically sized|banned")),
    ("CWE-190", r"integer overflow|wrap ?around"),
    ("CWE-732", r"chmod|file permissions?|permissive|world (readable|writ\w*)|(bad|insecure|loose) permissions?|default permissions"),
    ("CWE-532", r"sensitive.*log|log\w*.*(secret|sensitive|password)"),
    ("CWE-117", r"log (injection|forging)"),
    ("CWE-434", r"unrestricted.*upload|file upload"),
    ("CWE-113", r"(header|crlf|response splitting) injection|response splitting|crlf"),
    ("CWE-209", r"stack ?trace|error message.*(expos|leak|disclos)"),
    ("CWE-1007", r"bidi\w*|trojan ?source"),
    ("import subprocess", r"import subprocess"),
)  # fmt: skip
_PATTERNS = tuple((topic, re.compile(pattern)) for topic, pattern in _WORDS)


def bandit_topic(rule: str) -> str:
    """The topic of a rule numbered as Bandit's; empty for any other."""
    found = _BANDIT_RULE.match(rule)
    return BANDIT.get(int(found[1]), "") if found else ""


def topic_in(text: str) -> str:
    """The topic that words name (lower case, single spaces); empty when none."""
    for topic, pattern in _PATTERNS:
        if pattern.search(text):
            return topic
    return ""
