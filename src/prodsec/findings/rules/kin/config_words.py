"""What checks of configuration (Terraform, CloudFormation, Kubernetes, Docker, …) are about, told by their words: each tool numbers its
checks its own way and names no CWE, but all say in a title which switch of the resource is meant.

Each line: topics, the most telling first, and the words. The first that fits counts. A check that is narrower than another tool's has the
wider topic behind its own: what one tool says once of all ports, another says a port at a time.
"""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    # Docker
    ("maintainer", r"maintainer"),
    ("healthcheck", r"health ?check"),
    ("copy instead of add", r"\bcopy\b.*\badd\b|\badd\b.*\bcopy\b|add instead of copy"),
    ("sudo", r"\bsudo\b"),
    ("change of directory", r"\bcd\b|use workdir to switch|change directory"),
    ("relative workdir", r"workdir.*(absolute|relative)|(absolute|relative).*workdir"),
    ("recommended packages", r"no install recommends"),
    ("pipefail", r"pipefail"),
    ("update alone", r"update.*alone"),
    ("upgrade", r"(dist )?upgrade\b(?!.*(minor|auto))"),
    ("secrets in image|CWE-798", r"(secret|sensitive|password|credential)\w*.*\b(arg|env|build args?)\b"),
    ("certificate checks off", r"cert\w* (validation|verification|check)|trusted|insecure downloads?"),
    ("exposed ssh", r"(expos\w*.*\b(port )?22\b|\b22\b.*expos\w*)"),
    ("several entrypoints", r"(multiple|more than one|only one|duplicate).*entrypoint|one entrypoint"),
    ("several commands", r"(multiple|more than one|only one|duplicate).*\bcmd\b"),
    ("apt", r"use apt get.*instead of apt|do not use apt\b|apt is (used|not used)"),
    ("pinned packages", r"pin versions?"),
    ("apt lists", r"apt lists"),
    ("unattended apt", r"apt get.*\b(y|yes|missing|assume)\b"),
    ("package cache", r"no cache|(clean|purge).*(cache|yum|dnf|zypper)|cache (dir|clean)\w*"),
    # Kubernetes
    ("docker socket", r"docker (daemon )?(socket|sock)"),
    ("host pid", r"host ?pid|host'?s? (process|pid)|process id namespace"),
    ("host ipc", r"host ?ipc|ipc namespace"),
    ("host network", r"host ?network|host network namespace"),
    ("host port", r"host ?ports?"),
    ("privilege escalation", r"allow ?privilege ?escalation|elevate its own|privilege escalation.*contain|contain.*privilege escalation"),
    ("uid", r"high uid|\buids?\b.*(10000|low|high)|run(s|ning)? (as|with) (a )?(high |low )?(uid|user id)"),
    ("gid", r"\bgids?\b|run ?as ?group"),
    ("privileged", r"\bprivileged\b(?!.*(port|access))"),
    ("root user", (r"(root containers?|non ?root|runs? as root|as root user|user should not be root|last user|user for the container|user (is|as) root|"
                  r"root user|missing user|specify a user|'root'|without a? ?user)")),
    ("read-only root", r"read ?only.*(file ?system|root)|root file system"),
    ("cpu limit", r"cpu limit|cpu (is )?not limited|limits? cpu|limit.*cpu"),
    ("memory limit", r"memory limit|memory (is )?not limited|limits? memory|limit.*memory"),
    ("cpu request", r"cpu requests?|requests? cpu"),
    ("memory request", r"memory requests?|requests? memory"),
    ("net_raw capabilities", r"net ?raw"),
    ("capabilities", r"capabilit"),
    ("seccomp", r"seccomp"),
    ("apparmor", r"app ?armor"),
    ("liveness", r"liveness"),
    ("readiness", r"readiness"),
    ("service account token", r"service ?account ?token|automount"),
    ("default namespace", r"default namespace"),
    ("digest", r"image.*digest"),
    ("latest tag", r"\blatest\b|tag the version|image tag should be fixed|non latest|unpinned image|image version"),
    ("pull policy", r"pull ?policy"),
    ("host path", r"host ?path"),
    ("security context", r"security ?context"),
    ("secrets as files", r"secrets? (as|over) (files?|environment)"),
    # Access from anywhere
    ("ingress ssh|ingress", r"ingress.*(\b22\b|ssh)(?!.*rdp)|(\b22\b|\bssh\b).*(ingress|internet|unrestricted|open|public|anywhere)(?!.*rdp)"),
    ("ingress rdp|ingress", r"ingress.*(\b3389\b|^rdp)|(\b3389\b|\brdp\b).*(ingress|internet|unrestricted|open|public|anywhere)(?<!ssh)"),
    ("ingress http|ingress", r"ingress.*port 80\b"),
    ("ingress", r"ingress|inbound"),
    ("egress", r"egress|outbound"),
    # Public buckets and other openings
    ("block public acls", r"(?<!ignore )\bblock\w* public acls?|block public acls?"),
    ("ignore public acls", r"ignor\w* public acls?"),
    ("block public policy", r"block\w* public (bucket )?polic"),
    ("restrict public buckets", r"restrict\w* public bucket"),
    ("public access block", r"public access ?block|block public access(?! to)"),
    ("public acl", r"\bacl\b.*public|public.*\bacl\b|public read|public write|canned acl"),
    ("public policy", r"(policy|principal)\b.*(public|any principal|anonymous)|public.*policy|'?\*'? (as )?principal"),
    ("public range", r"public (endpoint|access).*(cidr|0 0 0 0|/0)|open cidr"),
    ("public address", r"public ip"),
    ("public subnet", r"subnet.*public"),
    ("public", (r"public\w* access\w*|(not|be|is) public|publicly|public endpoint|exposed to the internet|public network|public \w+ enabled|"
               r"internet facing")),
    ("metadata service", r"metadata service|\bimds|session tokens? for instance|http ?tokens"),
    # Ciphers
    ("tls version", r"tls ?(v|version)?\s?1 ?[0123]|(ssl|tls|security) policy|outdated (ssl|tls)|(minimum|latest) (tls|ssl)|min tls|insecure (ssl|tls)"),
    ("in transit", (r"in ?transit|\bhttps\b|plain http|(force|enforce|require|use)\w* (ssl|tls|https)|(ssl|tls) (connection|enforce|is enabled|required)|"
                   r"secure transport|viewer protocol|\bhttp\b.*(listener|redirect)")),
    ("key rotation", r"rotat"),
    ("customer key|encryption", r"customer ?managed|\bcmks?\b|\bcmek\b|customer supplied|own (kms )?key|with kms|by kms|using kms|kms (by default|encryption|key)"),
    ("insights encryption", r"insights.*encrypt|encrypt.*insights"),
    ("encrypted variables", r"environment variables?.*encrypt|encrypt.*environment variables?"),
    ("secret encryption|encryption", r"secrets?.*encrypt|encrypt.*secrets?"),
    ("encryption", r"encrypt|unencrypted|\bsse\b"),
    # Logs and watching
    ("log validation", r"(log|file) .*validation|validation.*log"),
    ("all regions", r"all regions|multi ?region"),
    ("flow logs", r"flow ?logs?"),
    ("log retention", r"retention.*log|log.*retention|retain.*(days|year)"),
    ("log metrics", r"cloud ?watch (logs?|integration)|integrat\w*.*cloud ?watch"),
    ("insights", r"performance insights"),
    ("container insights", r"container insights"),
    ("tracing", r"trac(ing|e)|x ray"),
    ("detailed monitoring", r"monitoring"),
    ("logging", r"logg(ing|ed)|\blogs?\b|audit"),
    # Keeping
    ("mfa delete", r"mfa delete"),
    ("tag immutability", r"immutab|mutable"),
    ("versioning", r"version(ing|ed)\b"),
    ("deletion protection", r"deletion protection|termination protection|purge protection"),
    ("backup", r"back ?up|point in time|pitr|recover"),
    ("final snapshot", r"final snapshot"),
    ("lifecycle", r"lifecycle"),
    ("replication", r"replicat"),
    ("several zones", r"multi ?az|availability zones?|zone redundan"),
    ("minor upgrades", r"minor.*upgrade|auto\w* (minor )?upgrade"),
    ("event notifications", r"event notification"),
    # Identities
    ("iam authentication", r"iam (database )?auth\w*"),
    ("privileges escalate|wildcard", r"privilege escalation"),
    ("data exfiltration|wildcard", r"exfiltration"),
    ("credentials exposure|wildcard", r"credentials? exposure"),
    ("resource exposure|wildcard", r"resource exposure|permissions management"),
    ("write access|wildcard", r"write access without constraint"),
    ("wildcard|wildcard admin", r"wildcard|\*.*(action|resource|administrative|privilege)|least privilege|administrative privileges|full .*privileges|admin access"),
    ("mfa", r"\bmfa\b|multi factor"),
    ("password policy", r"password (policy|length|reuse|expir|contain|complex)|(uppercase|lowercase|symbol|number)s?.*password"),
    ("user policy", r"policies.*attached.*users?|attached (only )?to groups|directly to users"),
    ("rbac", r"\brbac\b|role based access"),
    ("network policy", r"network polic"),
    ("managed identity", r"managed identit"),
    ("legacy authorization", r"legacy auth|abac"),
    ("client certificates", r"client cert"),
    ("hard-coded secret", r"hard ?coded|ckv secret|entropy string|secret in|sensitive data|credentials? in|plain ?text (password|secret)"),
    ("description", r"description"),
    ("scan on push", r"scan\w* (on push|images?|vulnerab)|image scan|scan\w*.*(push|enabled)"),
    ("invalid headers", r"(drop|invalid).*headers?"),
    ("waf", r"\bwaf\b|web application firewall"),
    ("dead letters", r"dead ?letter|\bdlq\b"),
    ("concurrency", r"concurren"),
    ("code signing", r"code sign"),
    ("in a vpc", r"inside a vpc|in vpc"),
    ("default vpc", r"default vpc|default (security group|network)"),
    ("default service account", r"default service account"),
    ("serial port", r"serial port"),
    ("os login", r"os ?login"),
    ("shielded", r"shielded|secure boot|integrity monitoring"),
)  # fmt: skip
_PATTERNS = tuple((tuple(topics.split("|")), re.compile(pattern)) for topics, pattern in _WORDS)


def topics_in(text: str) -> tuple[str, ...]:
    """The topics that the words of a check name (lower case, single spaces), the most telling first; none when unknown."""
    for topics, pattern in _PATTERNS:
        if pattern.search(text):
            return topics
    return ()
