"""A large record made by set-based SQL: findings over assets, with definitions, scopes, sightings, events, clocks and texts.

It has the shape that imports leave behind, with spreads that lists have to cope with: few critical ones, most still open,
some without a due date, some in clusters, some owned by nobody.

python -m bench.seed --findings 100000      into the database of PRODSEC_HOME, whether Prodsec runs there or not
"""

import argparse
import random
import time

from bench.measure import timed

ROOT = "seed.example"
ASSETS, GROUPS, TEAMS, PEOPLE, DEFINITIONS = 2_000, 40, 20, 500, 5_000

_LAST_ID = "SELECT coalesce(max(id), 0) FROM {table}"

_TEAMS = """
INSERT INTO accounts_team (slug, name) SELECT 'seed-' || n, 'Seed team ' || n FROM generate_series(1, %(teams)s) n;
INSERT INTO accounts_person (password, last_login, email, name, is_admin, is_active, is_service, created_at)
SELECT '!', NULL, 'seed-' || n || '@example.org', 'Person ' || n, n = 1, true, false, now() FROM generate_series(1, %(people)s) n;
INSERT INTO accounts_teammember (team_id, person_id, source)
SELECT t.id, p.id, '' FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_person WHERE email LIKE 'seed-%%') p
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_team WHERE slug LIKE 'seed-%%') t ON t.n = 1 + p.n %% %(teams)s;
"""

_TREE = """
CREATE TEMP TABLE seed_team ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) AS number FROM accounts_team WHERE slug LIKE 'seed-%%';
INSERT INTO inventory_asset (id, kind, path, name, parent_id, ancestors, tier, categories, data_class, boundary, default_ref,
  urls, owner_team_id, effective_owner_team_id, external_ids, lifecycle, created_at)
VALUES (%(asset)s + 1, 1, %(root)s, %(root)s, NULL, ARRAY[%(asset)s + 1], NULL, '{}', '', '', 'main', '{}', NULL, NULL, '{}', 1, now());
INSERT INTO inventory_asset (id, kind, path, name, parent_id, ancestors, tier, categories, data_class, boundary, default_ref,
  urls, owner_team_id, effective_owner_team_id, external_ids, lifecycle, created_at)
SELECT %(asset)s + 1 + n, 1, %(root)s || '/group-' || n, 'group-' || n, %(asset)s + 1, ARRAY[%(asset)s + 1, %(asset)s + 1 + n],
  NULL, '{}', '', '', 'main', '{}', t.id, t.id, '{}', 1, now()
FROM generate_series(1, %(groups)s) n LEFT JOIN seed_team t ON t.number = n;
INSERT INTO inventory_asset (id, kind, path, name, parent_id, ancestors, tier, categories, data_class, boundary, default_ref,
  urls, owner_team_id, effective_owner_team_id, external_ids, lifecycle, created_at)
SELECT %(asset)s + 1 + %(groups)s + n, 2, g.path || '/project-' || n, 'project-' || n, g.id,
  g.ancestors || (%(asset)s + 1 + %(groups)s + n)::bigint, 1 + n %% 4, '{}', '', '', 'main', '{}', NULL, g.effective_owner_team_id,
  '{}', 1, now()
FROM generate_series(1, %(assets)s) n JOIN inventory_asset g ON g.id = %(asset)s + 2 + n %% %(groups)s;
"""

# Person 2 sees three projects, person 3 one group, everybody else what their team owns; person 1 is an admin.
_ROLES = """
INSERT INTO accounts_grant (role, person_id, team_id, asset_id, source)
SELECT 'maintainer', NULL, owner_team_id, id, 'owner' FROM inventory_asset WHERE owner_team_id IS NOT NULL
UNION ALL
SELECT 'viewer', p.id, NULL, %(project)s + n, '' FROM accounts_person p, generate_series(7, 9) n WHERE p.email = 'seed-2@example.org'
UNION ALL
SELECT 'viewer', p.id, NULL, %(asset)s + 5, '' FROM accounts_person p WHERE p.email = 'seed-3@example.org';
DELETE FROM accounts_teammember WHERE person_id IN
  (SELECT id FROM accounts_person WHERE email IN ('seed-2@example.org', 'seed-3@example.org'));
"""

_SCANS = """
INSERT INTO findings_definition (id, tool, rule, title, description, remedy, "references", ids, cwes, cvss, digest)
SELECT %(definition)s + n, 'seed', CASE n %% 2 WHEN 0 THEN 'CVE-2025-' || 10000 + n ELSE 'rule-' || n END,
  'Improper handling of ' || substr(md5(n::text), 1, 12), repeat('What is wrong and why it matters. ', 20), 'Upgrade.',
  '{}', '{}', ARRAY[20 + n %% 900], '{}', n
FROM generate_series(1, %(definitions)s) n;
INSERT INTO scans_scope (id, asset_id, tool, analysis, target)
SELECT %(scope)s + n, %(project)s + n, 'seed', 3, '' FROM generate_series(1, %(assets)s) n;
INSERT INTO scans_scan (id, asset_id, scope_ids, state, file_name, report_sha256, report_bytes, format, tool, tool_version, analysis,
  target, is_record, dry_run, partial, complete, incomplete_reason, actor_name, request_key, created_at, started_at, finished_at,
  seconds, attempts, cancel_requested, rows_read, new_count, reopened_count, fixed_count, moved_count, changed_count,
  unchanged_count, suppressed_count, rejected_count, error)
SELECT %(scan)s + n, %(project)s + n, ARRAY[%(scope)s + n], 3, 'seed.json', decode(md5(n::text) || md5(n::text), 'hex'), 1000000,
  'seed', 'seed', '', 3, '', true, false, false, true, '', 'seed', '', now(), now(), now(), 1, 1, false,
  %(each)s, %(each)s, 0, 0, 0, 0, 0, 0, 0, ''
FROM generate_series(1, %(assets)s) n;
"""

# One batch: findings number `first` to `last`, with everything that hangs on them. `chance` is fixed for each number.
_BATCH = """
CREATE TEMP TABLE seed_finding ON COMMIT DROP AS
SELECT n, %(finding)s + n AS id, %(project)s + 1 + n %% %(assets)s AS asset, 1 + n %% %(assets)s AS place,
  %(definition)s + 1 + (n * 7919) %% %(definitions)s AS definition,
  (CASE WHEN c.severity < 4 THEN 5 WHEN c.severity < 24 THEN 4 WHEN c.severity < 68 THEN 3 WHEN c.severity < 93 THEN 2 ELSE 1 END) AS severity,
  (CASE WHEN c.state < 60 THEN 1 WHEN c.state < 67 THEN 2 WHEN c.state < 70 THEN 3 WHEN c.state < 90 THEN 5 ELSE 6 END) AS state,
  date_trunc('second', now()) - (1 + c.age) * interval '1 hour' AS seen,
  date_trunc('second', now()) - (1 + c.age) * interval '1 hour' + least(24 * (10 + n %% 60), c.age / 2) * interval '1 hour' AS ended
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
CROSS JOIN LATERAL (SELECT abs(hashint8(n)::bigint) %% 100 AS severity, abs(hashint8(n + 1000000007)::bigint) %% 100 AS state,
  abs(hashint8(n + 2000000011)::bigint) %% 8760 AS age) c;
INSERT INTO findings_detailblock (id, asset_id, data)
SELECT %(block)s + (n - 1) / 64, min(asset), %(texts)s FROM seed_finding GROUP BY (n - 1) / 64;
INSERT INTO findings_cluster (id, asset_id, key, recipe, reason)
SELECT %(cluster)s + n, asset, decode(md5('cluster' || n), 'hex'), 1, 'the same weakness on the same lines' FROM seed_finding WHERE n %% 40 = 0;
INSERT INTO findings_finding (id, asset_id, definition_id, owner_team_id, cluster_id, block_id, first_seen_at, resolved_at, due_at,
  score, line, end_line, cwe, kind, state, severity, severity_scanner, ordinal, recipe, block_index, detected, is_lead, identity,
  title, file, place_label, place, component_type, component_name, component_version, fixed_version, vulnerability_id)
SELECT f.id, f.asset, f.definition, CASE WHEN n %% 17 = 0 THEN NULL ELSE a.effective_owner_team_id END,
  CASE WHEN n %% 40 = 0 THEN %(cluster)s + n END, %(block)s + (n - 1) / 64, f.seen,
  CASE f.state WHEN 5 THEN f.ended END,
  CASE WHEN f.severity > 1 THEN f.seen + (CASE WHEN f.severity > 3 THEN 30 WHEN f.severity = 3 THEN 90 ELSE 180 END) * interval '1 day' END,
  f.severity * 1.9, 1 + n %% 900, 1 + n %% 900, 20 + f.definition %% 900, CASE f.definition %% 2 WHEN 0 THEN 1 ELSE 3 END, f.state,
  f.severity, f.severity, 0, 1, (n - 1) %% 64, f.state <> 5, true, decode(md5(n::text), 'hex'), '',
  'src/module_' || n %% 97 || '/file_' || n %% 1009 || '.py', 'src/module_' || n %% 97 || '/file_' || n %% 1009 || '.py:' || 1 + n %% 900, '',
  CASE f.definition %% 2 WHEN 0 THEN 'pypi' ELSE '' END, CASE f.definition %% 2 WHEN 0 THEN 'package-' || f.definition %% 700 ELSE '' END,
  CASE f.definition %% 2 WHEN 0 THEN '1.2.3' ELSE '' END, CASE f.definition %% 4 WHEN 0 THEN '1.2.4' ELSE '' END,
  CASE f.definition %% 2 WHEN 0 THEN 'CVE-2025-' || 10000 + f.definition - %(definition)s ELSE '' END
FROM seed_finding f JOIN inventory_asset a ON a.id = f.asset;
INSERT INTO findings_attribution (finding_id, scope_id, asset_id, opened_by_id, closed_by_id, digest, severity)
SELECT id, %(scope)s + place, asset, %(scan)s + place, CASE state WHEN 5 THEN %(scan)s + place END, n, severity FROM seed_finding;
INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
SELECT asset, id, %(scan)s + place, seen, 1, '', '' FROM seed_finding
UNION ALL SELECT asset, id, %(scan)s + place, ended, 3, '', '' FROM seed_finding WHERE state = 5
UNION ALL SELECT asset, id, NULL, ended, 13, 'cannot be reached', '' FROM seed_finding WHERE state = 6;
INSERT INTO policies_clock (finding_id, kind, asset_id, document_id, started_at, due_at, stopped_at, allowed_hours, extension_days, paused_days, severity)
SELECT f.id, 2, f.asset, d.id, f.seen, x.due_at, x.resolved_at, 720, 0, 0, f.severity
FROM seed_finding f JOIN findings_finding x ON x.id = f.id CROSS JOIN (SELECT id FROM policies_document WHERE is_active AND kind = 'sla') d
WHERE x.due_at IS NOT NULL;
"""

_TABLES = (
    "findings_finding",
    "findings_definition",
    "findings_detailblock",
    "findings_cluster",
    "scans_scope",
    "scans_scan",
    "inventory_asset",
)
# A multiple of the findings of a block of texts.
_BATCH_ROWS = 102_400


def fill(*, findings: int) -> None:
    """Store that many findings, once; then let the database learn about them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inventory_asset WHERE path = %s", [ROOT])
        if cursor.fetchone()[0]:
            return
    seconds = timed(lambda: _fill(findings))
    print(f"seeded {findings:,} findings over {ASSETS:,} assets in {seconds:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _fill(findings: int) -> None:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        numbers = {
            "teams": TEAMS,
            "people": PEOPLE,
            "assets": ASSETS,
            "groups": GROUPS,
            "definitions": DEFINITIONS,
            "root": ROOT,
        }
        numbers |= {table.rpartition("_")[2]: _last_id(cursor, table) for table in _TABLES}
        numbers |= {"block": numbers["detailblock"] + 1, "asset": numbers["asset"], "each": findings // ASSETS}
        numbers["texts"] = _block_of_texts()
        numbers["project"] = numbers["asset"] + 1 + GROUPS
        with transaction.atomic():
            for statement in (_TEAMS, _TREE, _ROLES, _SCANS):
                cursor.execute(statement, numbers)
        for first in range(1, findings + 1, _BATCH_ROWS):
            with transaction.atomic():
                cursor.execute(_BATCH, {**numbers, "first": first, "last": min(findings, first + _BATCH_ROWS - 1)})
        for table in _TABLES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _block_of_texts() -> bytes:
    """The own texts of 64 findings, packed as imports pack them."""
    from prodsec.findings.details import FINDINGS_A_BLOCK, Details, pack

    chance = random.Random(64)
    words = [f"{chance.getrandbits(40):x}" for _ in range(500)]

    def text(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    return pack(
        Details(message=text(12), snippet=text(20), pointer=f"/runs/0/results/{n}") for n in range(FINDINGS_A_BLOCK)
    )


def _last_id(cursor: object, table: str) -> int:
    cursor.execute(_LAST_ID.format(table=table))  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]


def count_all() -> None:
    """Count the stored findings for the numbers, as a worker does; told, since it is no page."""
    from django.db import connection, transaction

    from prodsec.metrics import services as metrics

    began = time.perf_counter()
    is_done = False
    while not is_done:
        with transaction.atomic():
            is_done = metrics.catch_up().is_done
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE metrics_span, metrics_day, metrics_month, metrics_placement")
    print(f"counted in {time.perf_counter() - began:.0f} s", flush=True)


def clear() -> None:
    """Empty every table that grows, so that what follows is measured from nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE findings_finding, findings_definition, scans_scan, scans_scope, inventory_asset, accounts_team CASCADE"
        )
        cursor.execute("DELETE FROM accounts_person")


def main() -> None:
    """Fill the database that the environment names."""
    from prodsec.site import django_ready

    parser = argparse.ArgumentParser(prog="python -m bench.seed", description="Many findings, quickly.")
    parser.add_argument("--findings", type=int, default=1_000_000, help="how many (default 1,000,000)")
    parser.add_argument("--counted", action="store_true", help="count them for the numbers too, as a worker would")
    args = parser.parse_args()
    with django_ready.database():
        fill(findings=args.findings)
        if args.counted:
            count_all()


if __name__ == "__main__":
    main()
