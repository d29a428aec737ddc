"""The figures as text: each beside the peer or the limit of the same run, and beside the bar it is held to."""
import statistics


def render(results):
    machine = results["machine"]
    lines = [f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mb']} MB; Linux {machine['kernel']}; {machine['file_system']}",
             f"medians of {results['rounds']} round(s); took {results['took_seconds']} s"]
    for part, draw in {"translation": translation, "ledger": ledger, "long-log": long_log, "http": http, "batch": batch, "chain": chain, "idle": idle}.items():
        if part in results:
            lines += ["", *draw(results[part])]
    if "chain" in results and "http" in results:
        lines += ["", *chain_beside_peers(results["chain"], results["http"])]
    return "\n".join(lines)


def table(title, header, rows):
    """Columns as wide as they must be; the first is text, the others stand right."""
    cells = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    out = [title]
    for number, row in enumerate(cells):
        aligned = [cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        out.append("  " + "  ".join(aligned).rstrip())
        if number == 0:
            out.append("  " + "  ".join("-" * width for width in widths))
    return out


def verdict(value, bar, at_least=True):
    reached = value >= bar if at_least else value <= bar
    if reached:
        return "reached"
    if not bar or not value:
        return "not reached"
    short = bar / value if at_least else value / bar
    return f"short by {short:.2f} x"


def bar_row(what, value, bar, unit, at_least=True, digits=2):
    sign = ">=" if at_least else "<="
    return [what, f"{value:,.{digits}f} {unit}".strip(), f"{sign} {bar:,.{digits}f}", verdict(value, bar, at_least)]


BARS = ["held to", "measured", "bar", ""]


TRANSLATIONS = {
    "parse_in_situ": "RapidJSON's in-situ SAX parse of the record", "translate_record/vdab_profile": "record -> VDAB profile",
    "javascript": "the same in JavaScript by hand", "jq": "the same in jq", "jsonata": "the same in JSONata",
    "translate_record/municipality_profile": "record -> municipality's profile", "translate_record/agii_dossier": "record -> AgII dossier (XML)",
    "check_record": "tree and JSON Schema check of the record", "parse_in_place": "pugixml's in-place parse of the candidate",
    "translate_document": "candidate -> dossier (XML to XML)", "xsltproc": "the same in XSLT, xsltproc",
}


def translation(part):
    times, allocations = part["microseconds"], part["allocations"]
    json_parse, xml_parse = times["parse_in_situ"], times["parse_in_place"]
    is_document = {"parse_in_place", "translate_document", "xsltproc"}
    rows = [[words, f"{times[name]:.2f}", f"{times[name] / (xml_parse if name in is_document else json_parse):.2f} x",
             f"{allocations[name]:.0f}" if name in allocations else ""] for name, words in TRANSLATIONS.items() if name in times]
    out = table("Translation: text in, text out, one core, processor time", ["what", "us", "x parse", "allocations"], rows)
    ours, document = times["translate_record/vdab_profile"], times["translate_document"]
    most = max(allocations.values())
    return out + table("", BARS, [
        bar_row("VDAB profile / RapidJSON's in-situ parse", ours / json_parse, 1.3, "x", at_least=False),
        bar_row("candidate to dossier / pugixml's in-place parse", document / xml_parse, 1.7, "x", at_least=False),
        bar_row("JavaScript by hand / VDAB profile", times["javascript"] / ours, 3, "x"),
        bar_row("jq / VDAB profile", times["jq"] / ours, 15, "x", digits=1),
        bar_row("JSONata / VDAB profile", times["jsonata"] / ours, 25, "x", digits=1),
        bar_row("xsltproc / candidate to dossier", times["xsltproc"] / document, 30, "x", digits=1),
        bar_row("allocations per record, of any mapping", most, 0, "", at_least=False, digits=0),
    ])[1:]


def ledger(part):
    appends, reading = part["appends"], part["reading"]
    rows = [[f"{in_flight:,} in flight", f"{one['appends/s']:,.0f}", f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}",
             f"{one['commits/s']:,.0f}", f"{one['raw_fdatasync/s']:,.0f}", f"{one['ratio']:.2f}", f"{one['raw_growing/s']:,.0f}"]
            for in_flight, one in appends.items()]
    out = table("Ledger: durable appends of 700-byte entries beside raw fdatasync of as many bytes",
                ["what", "appends/s", "p50 ms", "p99 ms", "commits/s", "raw syncs/s", "commits / raw", "raw, growing file"], rows)
    return out + table("", BARS, [
        bar_row("appends/s, 64 in flight", appends[64]["appends/s"], 10_000, "/s", digits=0),
        bar_row("p99, 64 in flight", appends[64]["p99_ms"], 25, "ms", at_least=False),
        bar_row("appends/s, 1,024 in flight", appends[1024]["appends/s"], 100_000, "/s", digits=0),
        bar_row("commits / raw fdatasync, 1 in flight", appends[1]["ratio"], 0.7, ""),
        bar_row("verifying entries (read, rules, hash)", reading["all/s"], 400_000, "/s", digits=0),
    ])[1:]


def long_log(part):
    title = (f"A log of {part['entries']:,.0f} entries of {part['subjects']:,.0f} people ({part['segments_mb']:,.0f} MB; index "
             f"{part['index_mb']:,.0f} MB; snapshot {part['snapshot_mb']:,.0f} MB); others' CPU {part['others']:.0%}")
    per_core = part["entries"] / part["verify_cpu_s"]
    return table(title, BARS, [
        ["made, with the index beside it", f"{part['entries'] / part['append_s']:,.0f} /s", "", ""],
        bar_row("start after an orderly stop", part["start_ms"], 1000, "ms", at_least=False, digits=0),
        bar_row("start, the last snapshot 131,072 entries old", part["start_after_crash_ms"], 1000, "ms", at_least=False, digits=0),
        ["verify, all cores", f"{part['verify_s']:,.1f} s", "", ""],
        bar_row("entries verified per second and core", per_core, 400_000, "/s", digits=0),
        bar_row("most memory of the verifier", part["verify_peak_mb"], 250, "MB", at_least=False, digits=0),
        bar_row("most memory while appending, without the made-up people", part["peak_mb"], 250, "MB", at_least=False, digits=0),
        ["memory while appending, half-way / at the end", f"{part['rss_half_mb']:,.0f} / {part['rss_mb']:,.0f} MB", "", ""],
        bar_row("one person's dossier (median)", part["dossier_ms"], 200, "ms", at_least=False, digits=1),
        bar_row("one person's dossier (slowest of 101)", part["dossier_worst_ms"], 200, "ms", at_least=False, digits=1),
        bar_row(f"index lag at {part['lag_rate']:,.0f} entries/s (longest)", part["lag_max_ms"], 2000, "ms", at_least=False, digits=0),
    ])


def batch(part):
    one = part["medians"]
    title = f"Residents in files: POST /batches, NDJSON, {part['rows']:,} rows a round, another person in each; others' CPU {one['others']:.0%}"
    return table(title, BARS, [
        ["one by one, 64 connections", f"{one['live_rate']:,.0f} /s", "", ""],
        ["in files, first byte sent to last row taken", f"{one['rate']:,.0f} /s", "", ""],
        ["without the sending", f"{one['work_rate']:,.0f} /s", "", ""],
        ["processor time", f"{one['cpu_us']:.0f} us", "", ""],
        bar_row("in files / one by one", one["rate"] / one["live_rate"], 0.8, "x"),
        ["memory after a tenth of the rows", f"{one['memory_tenth_mb']:,.0f} MB", "", ""],
        ["most memory", f"{one['memory_most_mb']:,.0f} MB", "", ""],
    ])


NAMES = {"accept": "ketenpoort, accept", "accept+decide": "ketenpoort, accept and decide (held)",
         "fastify": "Fastify + better-sqlite3, group commit", "nginx": "nginx, TLS and an empty 202"}


def http(part):
    medians = part["medians"]
    per_peer = {name: f"{one['rate'] / medians['fastify']['rate']:.2f}" for name, one in medians.items()}
    rows = [[NAMES[name], f"{one['rate']:,.0f}", per_peer[name], f"{one['p50']:.2f}", f"{one['p99']:.2f}", f"{one['one_p50']:.2f}",
             f"{one['cpu_us']:.1f}", f"{one['memory_mb']:.0f}", f"{one['sync_over']:.2f}/{one['sync_append']:.2f}", f"{one['others']:.0%}"]
            for name, one in medians.items()]
    size = medians["accept"]["body_bytes"]
    out = table(f"POST /records over TLS: {size:,} bytes, another person in each, 64 keep-alive connections, nothing lost",
                ["server", "accepted/s", "x Fastify", "p50 ms", "p99 ms", "1 conn. p50", "CPU us", "RSS MB", "fdatasync ms",
                 "others' CPU"], rows)
    ours, decide, peer = medians["accept"], medians["accept+decide"], medians["fastify"]
    out.append(f"  accepted and decided, to the last decision and its checkpoint: {decide['settled_rate']:,.0f} records/s")
    return out + table("", BARS, [
        bar_row("accepted/s / Fastify's", ours["rate"] / peer["rate"], 2, "x"),
        bar_row("p99 at 64 connections", ours["p99"], 6, "ms", at_least=False),
        bar_row("one connection p50 beyond fdatasync", ours["one_p50"] - ours["sync_over"], 0.2, "ms", at_least=False),
        bar_row("memory under that load", ours["memory_mb"], 100, "MB", at_least=False, digits=0),
    ])[1:]


CHAIN_BAR = 5_000  # records a second
# What the peers did on the machine that this bar was set on: a faster or slower machine is told by them.
PEERS_WHERE_THE_BAR_WAS_SET = {"nginx": 102_950, "fastify": 12_997}


def chain(part):
    rounds = part["rounds"]

    def median(key):
        return statistics.median(one[key] for one in rounds)

    cpu = {name: statistics.median(one["cpu_us"].get(name, 0) for one in rounds) for name in rounds[0]["cpu_us"]}
    out = table(f"Whole chain: record in, two messages translated, sent and acknowledged by simulators on the same cores; "
                f"{part['concurrency']} calls at a time to each",
                ["rounds", "records each", "records/s", "accepted to acknowledged p50 / p99 ms", "RSS MB", "fdatasync/s", "others' CPU"],
                [[f"{len(rounds)}", f"{median('records'):,.0f}", f"{median('rate'):,.0f}", f"{median('p50_ms'):.0f} / {median('p99_ms'):.0f}",
                  f"{median('memory_mb'):.0f}", f"{median('syncs_per_second'):,.0f}", f"{median('others'):.0%}"]])
    out += table("", ["CPU us a record"] + list(cpu) + ["all"], [[""] + [f"{us:.0f}" for us in cpu.values()] + [f"{sum(cpu.values()):.0f}"]])[1:]
    return out + table("", BARS, [bar_row("records/s, two recipients answered", median("rate"), CHAIN_BAR, "/s", digits=0)])[1:]


def chain_beside_peers(part, http_part):
    """The chain's rate beside the peers' of the same run, and the share that the bar was of theirs where it was set."""
    rate = statistics.median(one["rate"] for one in part["rounds"])
    return table("Whole chain beside the peers of this run", BARS, [
        bar_row(f"records/s for each 1,000/s of {NAMES[name]}", rate / http_part["medians"][name]["rate"] * 1000,
                CHAIN_BAR / there * 1000, "", digits=1)
        for name, there in PEERS_WHERE_THE_BAR_WAS_SET.items()])


def idle(part):
    ours, nginx = part["kb_per_connection"]["accept"], part["kb_per_connection"]["nginx"]
    out = table(f"Memory of {part['connections']:,} idle TLS connections, one answered request each", ["server", "KB each"],
                [["ketenpoort", f"{ours:.1f}"], ["nginx", f"{nginx:.1f}"]])
    return out + table("", BARS, [
        bar_row("KB beyond nginx's (OpenSSL's and nginx's own)", ours - nginx, 12, "KB", at_least=False, digits=1),
    ])[1:]
