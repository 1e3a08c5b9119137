"""What the demo's scanners know to complain about: published vulnerabilities with their facts, and rules for code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownFlaw:
    """A published vulnerability in a package: ecosystem as Trivy names it, versions in use and fixed, CVSS v3 base score."""

    id: str
    ecosystem: str
    package: str
    version: str
    fixed: str
    score: float
    title: str
    cwe: int


@dataclass(frozen=True)
class CodeRule:
    """A rule of a code scanner: SARIF level and security-severity follow from the score."""

    id: str
    title: str
    cwe: int
    score: float
    message: str
    help: str
    snippet: str


def _known(*row: object) -> KnownFlaw:
    return KnownFlaw(*row)  # type: ignore[arg-type]  # rows of the table below, in the order of the fields


KNOWN = (
    _known(
        "CVE-2024-42005",
        "pip",
        "Django",
        "4.2.14",
        "4.2.15",
        9.8,
        "SQL injection in QuerySet.values() on JSON fields",
        89,
    ),
    _known(
        "CVE-2020-14343", "pip", "PyYAML", "5.3.1", "5.4", 9.8, "Code execution through full_load or FullLoader", 20
    ),
    _known("CVE-2023-50447", "pip", "Pillow", "10.1.0", "10.2.0", 8.1, "Code execution through ImageMath.eval", 94),
    _known(
        "CVE-2023-43804", "pip", "urllib3", "2.0.4", "2.0.6", 8.1, "Cookie header is not stripped on redirects", 200
    ),
    _known(
        "CVE-2023-50782",
        "pip",
        "cryptography",
        "41.0.7",
        "42.0.0",
        7.5,
        "Bleichenbacher timing oracle in RSA decryption",
        203,
    ),
    _known("CVE-2023-46136", "pip", "Werkzeug", "3.0.0", "3.0.1", 7.5, "Multipart parsing exhausts the processor", 407),
    _known(
        "CVE-2023-32681",
        "pip",
        "requests",
        "2.30.0",
        "2.31.0",
        6.1,
        "Proxy-Authorization header leaks on redirects",
        200,
    ),
    _known(
        "CVE-2024-22195", "pip", "Jinja2", "3.1.2", "3.1.3", 6.1, "Cross-site scripting through the xmlattr filter", 79
    ),
    _known("CVE-2021-44906", "npm", "minimist", "1.2.5", "1.2.6", 9.8, "Prototype pollution", 1321),
    _known("CVE-2022-25883", "npm", "semver", "7.3.8", "7.5.2", 7.5, "Regular expression takes quadratic time", 1333),
    _known("CVE-2024-37890", "npm", "ws", "8.16.0", "8.17.1", 7.5, "Many headers crash the server", 476),
    _known("CVE-2021-23337", "npm", "lodash", "4.17.20", "4.17.21", 7.2, "Command injection through template", 94),
    _known(
        "CVE-2024-28849",
        "npm",
        "follow-redirects",
        "1.15.5",
        "1.15.6",
        6.5,
        "Proxy-Authorization header leaks on redirects",
        200,
    ),
    _known("CVE-2023-45857", "npm", "axios", "1.5.1", "1.6.0", 6.5, "XSRF-TOKEN cookie is sent to other hosts", 352),
    _known(
        "CVE-2024-29041", "npm", "express", "4.18.2", "4.19.2", 6.1, "Open redirect through malformed addresses", 601
    ),
    _known(
        "CVE-2021-44228",
        "jar",
        "org.apache.logging.log4j:log4j-core",
        "2.14.1",
        "2.15.0",
        10.0,
        "Code execution through JNDI lookups (Log4Shell)",
        502,
    ),
    _known(
        "CVE-2022-1471",
        "jar",
        "org.yaml:snakeyaml",
        "1.33",
        "2.0",
        9.8,
        "Code execution through Constructor deserialisation",
        502,
    ),
    _known(
        "CVE-2016-1000027",
        "jar",
        "org.springframework:spring-web",
        "5.3.27",
        "6.0.0",
        9.8,
        "Deserialisation in HttpInvokerServiceExporter",
        502,
    ),
    _known(
        "CVE-2022-42003",
        "jar",
        "com.fasterxml.jackson.core:jackson-databind",
        "2.13.3",
        "2.13.4.1",
        7.5,
        "Deep nesting exhausts resources",
        502,
    ),
    _known(
        "CVE-2024-45337",
        "gomod",
        "golang.org/x/crypto",
        "0.29.0",
        "0.31.0",
        9.1,
        "Authorisation bypass through PublicKeyCallback",
        285,
    ),
    _known(
        "CVE-2023-39325",
        "gomod",
        "golang.org/x/net",
        "0.15.0",
        "0.17.0",
        7.5,
        "HTTP/2 rapid reset exhausts resources",
        770,
    ),
    _known(
        "CVE-2023-44487",
        "gomod",
        "google.golang.org/grpc",
        "1.57.0",
        "1.58.3",
        7.5,
        "HTTP/2 rapid reset exhausts resources",
        400,
    ),
    _known(
        "CVE-2023-38545",
        "debian",
        "curl",
        "7.88.1-10+deb12u3",
        "7.88.1-10+deb12u4",
        9.8,
        "Heap overflow in the SOCKS5 handshake",
        787,
    ),
    _known("CVE-2023-45853", "debian", "zlib1g", "1:1.2.13.dfsg-1", "", 9.8, "Heap overflow in MiniZip", 190),
    _known(
        "CVE-2023-4911",
        "debian",
        "libc6",
        "2.36-9+deb12u2",
        "2.36-9+deb12u3",
        7.8,
        "Local privilege escalation in ld.so (Looney Tunables)",
        787,
    ),
    _known(
        "CVE-2023-5678",
        "debian",
        "libssl3",
        "3.0.11-1~deb12u1",
        "3.0.13-1~deb12u1",
        5.3,
        "Long X9.42 DH keys take very long to check",
        754,
    ),
    _known("CVE-2023-29383", "debian", "login", "1:4.13+dfsg1-1", "", 3.3, "Control characters in chfn", 74),
    _known("CVE-2016-2781", "debian", "coreutils", "9.1-1", "", 6.5, "Session escape through TIOCSTI in chroot", 20),
)

ECOSYSTEM_OF = {"python": "pip", "javascript": "npm", "java": "jar", "go": "gomod"}
MANIFEST_OF = {"pip": "requirements.txt", "npm": "package-lock.json", "jar": "pom.xml", "gomod": "go.mod"}
ENDING_OF = {"python": "py", "javascript": "js", "java": "java", "go": "go", "terraform": "tf"}

RULES = (
    CodeRule(
        "sql-injection",
        "SQL built from user input",
        89,
        9.1,
        "User input reaches a query without parameters.",
        "Pass values as parameters of the query.",
        'cursor.execute("SELECT * FROM t WHERE id = " + value)',
    ),
    CodeRule(
        "command-injection",
        "Shell command built from user input",
        78,
        9.0,
        "User input reaches a shell.",
        "Call the program with a list of arguments and without a shell.",
        "subprocess.run(command + name, shell=True)",
    ),
    CodeRule(
        "unsafe-deserialization",
        "Deserialisation of untrusted data",
        502,
        8.1,
        "Bytes from outside become objects.",
        "Use a format without code, such as JSON.",
        "state = pickle.loads(body)",
    ),
    CodeRule(
        "ssrf",
        "Request to an address from user input",
        918,
        8.2,
        "The server requests an address that a user chose.",
        "Allow only known hosts.",
        'return fetch(request.args["url"])',
    ),
    CodeRule(
        "path-traversal",
        "File path built from user input",
        22,
        7.5,
        "A path from outside may leave its folder.",
        "Resolve the path and compare it with the folder.",
        "return open(os.path.join(folder, name))",
    ),
    CodeRule(
        "reflected-xss",
        "User input in HTML without escaping",
        79,
        6.1,
        "Input comes back in the page as it was sent.",
        "Let the template escape it.",
        'return "<p>" + query + "</p>"',
    ),
    CodeRule(
        "open-redirect",
        "Redirect to an address from user input",
        601,
        5.4,
        "A link of ours leads anywhere.",
        "Redirect to relative paths only.",
        'return redirect(request.args["next"])',
    ),
    CodeRule(
        "weak-hash",
        "MD5 or SHA-1 used for security",
        328,
        5.3,
        "The hash can be collided.",
        "Use SHA-256, or Argon2 for passwords.",
        "digest = hashlib.md5(data).hexdigest()",
    ),
    CodeRule(
        "insecure-random",
        "Random numbers that can be guessed",
        330,
        5.0,
        "The generator is not for secrets.",
        "Use the system's generator.",
        "token = str(random.random())",
    ),
    CodeRule(
        "missing-csrf",
        "State changes without a CSRF token",
        352,
        6.5,
        "Another site can act for the user.",
        "Require the token.",
        "@csrf_exempt",
    ),
    CodeRule(
        "cookie-not-secure",
        "Session cookie without Secure",
        614,
        4.3,
        "The cookie also travels without TLS.",
        "Set Secure and HttpOnly.",
        'response.set_cookie("session", value)',
    ),
    CodeRule(
        "debug-enabled",
        "Debug mode in production settings",
        489,
        3.7,
        "Errors show the source.",
        "Read it from the environment, off by default.",
        "DEBUG = True",
    ),
)

CHECKS = (
    ("CKV_AWS_20", "S3 bucket allows public reads", "aws_s3_bucket", "HIGH"),
    ("CKV_AWS_19", "S3 bucket is not encrypted at rest", "aws_s3_bucket", "MEDIUM"),
    ("CKV_AWS_24", "Security group allows SSH from anywhere", "aws_security_group", "CRITICAL"),
    ("CKV_AWS_16", "Database is not encrypted at rest", "aws_db_instance", "HIGH"),
    ("CKV_AWS_17", "Database is reachable from the internet", "aws_db_instance", "CRITICAL"),
    ("CKV_AWS_79", "Instance metadata service version 1 is on", "aws_instance", "MEDIUM"),
    ("CKV_AWS_18", "S3 bucket does not log access", "aws_s3_bucket", "LOW"),
    ("CKV_AWS_158", "Log group is not encrypted with a key of ours", "aws_cloudwatch_log_group", "LOW"),
)

NOUNS = (
    "account",
    "address",
    "batch",
    "card",
    "customer",
    "export",
    "filter",
    "invoice",
    "limit",
    "order",
    "page",
    "refund",
    "report",
    "search",
    "session",
    "user",
)
FOLDERS = ("src/api", "src/auth", "src/billing", "src/export", "src/jobs", "src/login", "src/search", "src/views")
