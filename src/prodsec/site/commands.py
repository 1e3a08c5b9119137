"""The server's commands for the program `prodsec`, loaded by `prodsec_cli` through the entry-point group.

A name maps to (help, module). The module is imported only when its command runs; it offers
`add_arguments(parser)` and `run(args) -> int`. Nothing here may import Django.
"""

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("start everything here: database, migrations, first admin, web, worker", "prodsec.site.up"),
    "inspect": ("read a report without any database", "prodsec.scans.inspect_command"),
    "formats": ("show the formats of reports, try and share one's own", "prodsec.scans.formats_command"),
    "import": ("read a report and merge it here", "prodsec.scans.import_command"),
    "export": ("write findings to a file for others", "prodsec.site.export_command"),
    "clusters": (
        "try, switch and undo recipes of clusters; list what people overruled",
        "prodsec.site.clusters_command",
    ),
    "user": ("create, list, disable people; set passwords", "prodsec.accounts.user_command"),
    "token": ("create, list, revoke API tokens", "prodsec.accounts.token_command"),
    "web": ("run the web process", "prodsec.site.web_command"),
    "worker": ("run a worker", "prodsec.site.worker_command"),
    "migrate": ("bring the database to this version", "prodsec.site.migrate_command"),
    "doctor": ("check that the installation is sound", "prodsec.site.doctor_command"),
    "demo": ("put a believable organisation in, or take it out again", "prodsec.site.demo_command"),
    "backup": ("write everything to one archive", "prodsec.site.backup_command"),
    "restore": ("bring back an archive made by backup", "prodsec.site.restore_command"),
}
