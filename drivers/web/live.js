"use strict";
// The page is complete without this script. It keeps the page as the wall is, counts
// down, and moves the focus through the calendar with the arrow keys. All addresses
// are relative, so that the page may live under a path of a proxy.
(() => {
	const $ = (id) => document.getElementById(id);

	// --- The glass ---
	const middle = (n) => (n > 0 ? n : "") + ".5";
	// litPath is picture.LitPath: row by row a line without a length for each pixel.
	function litPath(frame) {
		let d = "";
		if (frame.level >= 0) frame.rows.forEach((row, y) => {
			for (let x = 0; x < frame.width; x++) {
				const byte = parseInt(row.slice(x >> 3 << 1, (x >> 3 << 1) + 2), 16);
				if (byte & (0x80 >> (x & 7))) d += `M${middle(x)} ${middle(y)}h0`;
			}
		});
		return d;
	}

	let latest, fetching, lost; // latest is the frame that is to be seen
	const glass = () => document.querySelector("#glass > svg");
	const fits = (svg) => svg?.getAttribute("viewBox") === `0 0 ${latest.width} ${latest.height}`;
	function draw() {
		const svg = glass();
		if (!fits(svg)) return void anew();
		const lit = svg.querySelector(".lit");
		lit.setAttribute("d", litPath(latest));
		lit.setAttribute("stroke", latest.color);
	}

	// anew fetches a glass of another size. A frame that came meanwhile is drawn after.
	async function anew() {
		if (fetching) return;
		fetching = true;
		try {
			const answer = await fetch("frame.svg", { cache: "no-cache" });
			const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
			if (!answer.ok || drawn.localName !== "svg") return;
			glass()?.remove();
			$("glass").prepend(document.importNode(drawn, true));
			if (fits(drawn)) draw();
		} catch { // The connection is lost, which the page says; the next frame tries again.
		} finally {
			fetching = false;
		}
	}

	// --- What is beside the glass ---
	// What the server said last of each part: the page's own may have been changed
	// since, by a countdown or by the calendar's keys.
	const parts = [...document.querySelectorAll(".part")];
	const told = new Map(parts.map((part) => [part.id, part.innerHTML]));
	// A day is the same as long as its date is, whatever happened on it.
	const nameOf = (e) => e.id || e.dataset.date || e.getAttribute("href") || e.textContent;
	function replace(part, fresh) {
		const focus = part.contains(document.activeElement) && nameOf(document.activeElement);
		const open = [...part.querySelectorAll("details[open]")].map((e) => e.id);
		const scrolled = [...part.querySelectorAll(".box")].map((e) => [e.id, e.scrollLeft]);
		part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
		for (const id of open) $(id)?.setAttribute("open", "");
		for (const [id, left] of scrolled) if ($(id)) $(id).scrollLeft = left;
		keys();
		if (focus) [...part.querySelectorAll("[tabindex], a[href], summary")].find((e) => nameOf(e) === focus)?.focus({ preventScroll: true });
	}

	let version, waiting, timer, asked = 0; // version is that of the view that is shown
	// Many pages hear of a change at once: they do not all ask at once.
	function changed(v) {
		if (v === version || waiting) return;
		waiting = true;
		setTimeout(refresh, Math.random() * 1000);
	}

	async function refresh() {
		waiting = false; // what changes from now on may not be in the answer
		const mine = ++asked;
		try {
			const answer = await fetch("./", { cache: "no-cache" });
			if (mine !== asked) return;
			if (!answer.ok) throw answer;
			version = answer.headers.get("View-Version"); // which may be a later one than was told
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			document.title = page.title;
			const words = page.querySelector("#glass > svg")?.getAttribute("aria-label");
			if (words) glass()?.setAttribute("aria-label", words);
			for (const part of parts) {
				const fresh = page.getElementById(part.id);
				if (!fresh || told.get(part.id) === fresh.innerHTML) continue;
				told.set(part.id, fresh.innerHTML);
				replace(part, fresh);
			}
			tick();
		} catch {
			setTimeout(refresh, 10000); // the connection, or a proxy, is in trouble
		}
	}

	// --- The connection ---
	function lose() {
		if (lost) return;
		lost = true;
		const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
		$("link").textContent = `Not connected since ${time}: this is what the glass showed then.`;
		$("glass").classList.add("lost");
	}

	let silence;
	// heard waits for the next sign of life, of which there is one each 15 s: a
	// connection whose other end is gone may look open for hours.
	function heard(events) {
		clearTimeout(silence);
		silence = setTimeout(() => {
			events.close();
			lose();
			connect();
		}, 45000);
	}

	function connect() {
		const events = new EventSource("events");
		for (const sign of ["open", "alive", "frame", "error"]) events.addEventListener(sign, () => heard(events));
		events.addEventListener("frame", (event) => {
			latest = JSON.parse(event.data);
			if (lost) $("link").textContent = "";
			$("glass").classList.remove("lost");
			lost = false;
			draw();
		});
		events.addEventListener("view", (event) => changed(JSON.parse(event.data).version));
		events.addEventListener("error", () => {
			lose();
			// An answer such as 503 of a proxy ends it for good.
			if (events.readyState === EventSource.CLOSED) setTimeout(connect, 5000 + Math.random() * 5000);
		});
	}

	// --- Time ---
	const count = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;
	const two = (large, n, unit) => (n ? `${large} ${count(n, unit)}` : large);
	// span is that of page.go, with seconds where they are wanted.
	function span(seconds, exact) {
		const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
		if (days >= 14) return count(days, "day");
		if (days >= 2) return two(count(days, "day"), hours - 24 * days, "hour");
		if (hours >= 1) return two(count(hours, "hour"), minutes - 60 * hours, "minute");
		return exact ? `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s` : count(minutes, "minute");
	}
	const past = (seconds) => (seconds < 60 ? "just now" : span(seconds, false) + " ago");

	// tick counts to the times of the page: by seconds only where one is near.
	function tick() {
		clearTimeout(timer);
		const now = Date.now();
		let near = false;
		for (const e of document.querySelectorAll("[data-to]")) {
			const seconds = (Date.parse(e.dataset.to) - now) / 1000;
			near ||= seconds > 0 && seconds < 3660;
			const text = seconds > 0 ? "in " + span(seconds, true) : past(-seconds);
			if (e.textContent !== text) e.textContent = text;
		}
		const step = near ? 1000 : 60000;
		timer = setTimeout(tick, step - (now % step));
	}

	// --- The calendar ---
	// days are the calendar's cells by date. Columns are weeks, so the next week is
	// seven further.
	const days = () => [...document.querySelectorAll(".days td[tabindex]")]
		.sort((a, b) => a.cellIndex - b.cellIndex || a.parentNode.rowIndex - b.parentNode.rowIndex);
	// keys makes the calendar one stop of the Tab key: 371 are too many.
	function keys() {
		const table = document.querySelector(".days");
		if (!table || table.getAttribute("role")) return;
		table.setAttribute("role", "grid");
		const all = days();
		const today = all.findLast((e) => !e.classList.contains("ahead")) ?? all[0];
		const first = Date.parse(table.dataset.first); // as UTC, which has no change of the clock
		all.forEach((e, i) => {
			e.tabIndex = e === today ? 0 : -1;
			e.dataset.date = new Date(first + i * 864e5).toISOString().slice(0, 10);
		});
	}

	const steps = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1 };
	function target(key, whole, last, i) {
		if (key === "Home") return whole ? 0 : i % 7;
		if (key === "End") return whole ? last : last - (last - i) % 7;
		return i + steps[key]; // NaN for any other key
	}

	document.addEventListener("keydown", (event) => {
		const cell = event.target.closest?.(".days td[tabindex]");
		if (!cell || event.altKey || event.metaKey) return;
		const all = days();
		const next = target(event.key, event.ctrlKey, all.length - 1, all.indexOf(cell));
		if (Number.isNaN(next)) return;
		event.preventDefault(); // the page would scroll
		all[next]?.focus();
	});
	document.addEventListener("focusin", (event) => {
		const cell = event.target.closest?.(".days td[tabindex]");
		if (!cell) return;
		for (const e of document.querySelectorAll(".days td[tabindex='0']")) e.tabIndex = -1;
		cell.tabIndex = 0;
	});

	keys();
	tick();
	connect();
})();
