"use strict";
// The page is complete without this script. It keeps the page as the wall is, counts
// down, and moves the focus through days and windows with the arrow keys. All addresses
// are relative, so that the page may live under a path of a proxy. /wall has it too.
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
			const answer = await fetch("", { cache: "no-cache" });
			if (mine !== asked) return;
			if (!answer.ok) throw answer;
			version = answer.headers.get("View-Version"); // which may be a later one than was told
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			// Another version of the program has another script and another look.
			if (page.documentElement.dataset.build !== document.documentElement.dataset.build) return void location.reload();
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
		for (const sign of ["open", "time", "frame", "error"]) events.addEventListener(sign, () => heard(events));
		events.addEventListener("frame", (event) => {
			latest = JSON.parse(event.data);
			if (lost) $("link").textContent = "";
			$("glass").classList.remove("lost");
			lost = false;
			draw();
		});
		events.addEventListener("view", (event) => changed(JSON.parse(event.data).version));
		events.addEventListener("time", (event) => {
			const before = ahead;
			ahead = JSON.parse(event.data).now - Date.now();
			if (Math.abs(ahead - before) > 500) tick();
		});
		events.addEventListener("error", () => {
			lose();
			// An answer such as 503 of a proxy ends it for good.
			if (events.readyState === EventSource.CLOSED) setTimeout(connect, 5000 + Math.random() * 5000);
		});
	}

	// --- Time ---
	// ahead is how many milliseconds the server's clock is ahead of the browser's.
	let ahead = 0;
	const two = (large, n, unit) => (n ? `${large} ${n} ${unit}` : large);
	// span is that of page.go, with seconds where they are wanted.
	function span(seconds, exact) {
		const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
		if (days >= 14) return `${days} d`;
		if (days >= 2) return two(`${days} d`, hours - 24 * days, "h");
		if (hours >= 1) return two(`${hours} h`, minutes - 60 * hours, "min");
		return exact ? `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s` : minutes ? `${minutes} min` : "less than a minute";
	}

	// wordsOf says how far an instant is, as the page did: alone where it is a countdown or an age.
	function wordsOf(data, seconds) {
		if ("left" in data) return span(Math.max(0, seconds), true);
		if ("age" in data) return span(Math.max(0, -seconds), false);
		if (seconds > 0) return "in " + span(seconds, true);
		return seconds > -60 ? "just now" : span(-seconds, false) + " ago";
	}

	// tick counts to the times of the page: by seconds only where one is near.
	function tick() {
		clearTimeout(timer);
		const now = Date.now() + ahead;
		let near = false;
		for (const e of document.querySelectorAll("[data-to]")) {
			const seconds = (Date.parse(e.dataset.to) - now) / 1000;
			near ||= seconds > 0 && seconds < 3660;
			const text = wordsOf(e.dataset, seconds);
			if (e.textContent !== text) e.textContent = text;
		}
		const step = near ? 1000 : 60000;
		timer = setTimeout(tick, step - (now % step));
	}

	// --- Keys ---
	// days are the calendar's cells by date. Columns are weeks, so the next week is
	// seven further.
	const days = () => [...document.querySelectorAll(".days td[tabindex]")]
		.sort((a, b) => a.cellIndex - b.cellIndex || a.parentNode.rowIndex - b.parentNode.rowIndex);
	// keys makes the calendar, and each year of windows, one stop of the Tab key: there
	// are too many cells.
	function keys() {
		for (const year of document.querySelectorAll(".windows")) {
			const cells = [...year.querySelectorAll("[tabindex]")];
			const last = cells.findLast((e) => e.className !== "ahead") ?? cells[0];
			for (const e of cells) e.tabIndex = e === last ? 0 : -1;
		}
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

	// target is the cell that a key leads to, by its number; NaN: it is no key of ours.
	function target(key, whole, column, last, i) {
		const steps = { ArrowLeft: -column, ArrowRight: column, ArrowUp: -1, ArrowDown: 1 };
		if (key === "Home") return whole ? 0 : i % column;
		if (key === "End") return whole ? last : last - (last - i) % column;
		return i + steps[key];
	}

	const cells = ".days td[tabindex], .windows li[tabindex]";
	document.addEventListener("keydown", (event) => {
		const cell = event.target.closest?.(cells);
		if (!cell || event.altKey || event.metaKey) return;
		const calendar = cell.localName === "td";
		const all = calendar ? days() : [...cell.parentNode.querySelectorAll("[tabindex]")];
		const next = target(event.key, event.ctrlKey, calendar ? 7 : 1, all.length - 1, all.indexOf(cell));
		if (Number.isNaN(next)) return;
		event.preventDefault(); // the page would scroll
		all[next]?.focus();
	});
	document.addEventListener("focusin", (event) => {
		const cell = event.target.closest?.(cells);
		if (!cell) return;
		for (const e of cell.closest(".days, .windows").querySelectorAll("[tabindex='0']")) e.tabIndex = -1;
		cell.tabIndex = 0;
	});

	// --- The wall ---
	if (document.body.classList.contains("wall")) {
		// No LED of the screen burns in: the glass moves by a few pixels each minute.
		let minutes = 0;
		setInterval(() => {
			minutes++;
			const shift = (n) => `${((n * 5) % 9) - 4}px`;
			$("glass").style.translate = `${shift(minutes)} ${shift(minutes + 4)}`;
		}, 60000);
		// A click fills the screen, and keeps it awake where the browser permits that.
		document.addEventListener("click", async () => {
			await document.documentElement.requestFullscreen?.().catch(() => {});
			await navigator.wakeLock?.request("screen").catch(() => {});
		});
	}

	keys();
	tick();
	connect();
})();
