// SPDX-License-Identifier: ISC
// Reads lines of OTLP/JSON on stdin by the official protocol definition, and
// checks that nothing in them is outside it: what it makes of each, written
// again as JSON, is what was read.  Prints a line for each: spans and events.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

const require = createRequire(process.argv[2] + "/");
const root = require(
	"@opentelemetry/otlp-transformer/build/src/generated/root.js");
const Request = root.opentelemetry.proto.collector.trace.v1
	.ExportTraceServiceRequest;
const ids = { traceId: 16, spanId: 8, parentSpanId: 8 };

// Ids are hex in OTLP/JSON, and base64 in that of protobuf.
function recode(value, from, to) {
	if (Array.isArray(value))
		return value.map((v) => recode(v, from, to));
	if (value === null || typeof value !== "object")
		return value;
	return Object.fromEntries(Object.entries(value).map(([k, v]) => [k,
		k in ids ? Buffer.from(v, from).toString(to)
			: recode(v, from, to)]));
}

for (const line of readFileSync(0, "utf8").trimEnd().split("\n")) {
	const read = JSON.parse(line);
	const message = Request.fromObject(recode(read, "hex", "base64"));
	assert.equal(Request.verify(message), null);
	const again = Request.decode(Request.encode(message).finish());
	const back = recode(Request.toObject(again,
		{ longs: String, bytes: String, enums: Number }),
		"base64", "hex");
	// A number that is 0 and a text that is empty are not sent.
	const sent = JSON.parse(JSON.stringify(read, (k, v) =>
		(k === "code" && v === 0) || v === "" ||
		(/UnixNano$/.test(k) && v === "0") ||
		(k === "events" && v.length === 0) ? undefined : v));
	const got = JSON.parse(JSON.stringify(back, (k, v) =>
		(k === "code" && v === 0) || v === "" ||
		(/UnixNano$/.test(k) && v === "0") ? undefined : v));
	assert.deepEqual(got, sent);

	const groups = read.resourceSpans.map((r) => [
		r.resource.attributes.find((a) => a.key === "service.name")
			.value.stringValue,
		r.scopeSpans.flatMap((s) => s.spans)]);
	const spans = groups.flatMap(([, s]) => s);
	const known = new Map(spans.map((s) => [s.spanId, s]));
	assert.equal(known.size, spans.length, "a span id is there twice");
	for (const s of spans) {
		for (const [k, n] of Object.entries(ids))
			if (k in s)
				assert.match(s[k], new RegExp(`^(?!0+$)[0-9a-f]{${2 * n}}$`));
		assert.equal(s.traceId, spans[0].traceId);
		assert.ok(BigInt(s.startTimeUnixNano) <= BigInt(s.endTimeUnixNano));
		assert.equal(!("parentSpanId" in s), s === spans[0]);
		if (s !== spans[0])
			assert.ok(known.has(s.parentSpanId), "no such parent");
	}
	console.log(spans[0].traceId, groups.map(([name, s]) =>
		`${name}=${s.length}`).join(" "),
		`events=${spans.flatMap((s) => s.events ?? []).length}`);
}
