"""Runs on disk: whole or not there at all, whatever happens to the machine.

``OUT/.runs/000007/`` holds one run: a folder for each table with the parts of its chunks,
``journal.jsonl`` with a line for each chunk that is wholly on disk, ``datapackage.json``, which
describes the tables to other programs, and ``manifest.json``, which is written last and says how
the run was made. Nothing in it is ever changed. A part that the run before has too is the same
file, by a hard link.

``OUT/.current`` is a link to the current run, turned by one rename when all of a new run has
reached the disk; ``OUT/<table>`` is a fixed link into it, as are ``OUT/datapackage.json`` and
``OUT/manifest.json``. A run that fails or is killed leaves the last one standing; what its
journal names, the next run takes over. Readers that hold on to one run (`load`, or ``.current``
resolved once) never see half of it.

`layout` knows the names, `journal` the chunks of a run, `staging` how parts come into a run,
`writer` makes runs, `prune` removes old ones, `load` reads the tables of one run.
"""
