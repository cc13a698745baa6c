package main

// A family is the metrics of one name.
type family struct {
	name   string // a counter's ends in _total, all others are gauges
	help   string
	labels []string
}

// families lists all that the counter exports beside Go's and the process's own.
func families() []family {
	rule, port := []string{"rule"}, []string{"port"}
	environment := []string{"project", "environment", "environment_id"}
	return []family{
		{"fridaycounter_streak", "Whole weeks that the rule has been kept: the number on the wall. Left out while it is unknown.", rule},
		{"fridaycounter_streak_since_timestamp_seconds", "When the weeks began: the last breach, the rule's since, or where the known deployments begin.", rule},
		{"fridaycounter_streak_record", "The most weeks that the rule was ever kept, as far as is known; the present streak counts.", rule},
		{"fridaycounter_breaches", "Known deployments that broke the rule. A gauge: a rule or the history may change.", rule},
		{"fridaycounter_known", "1 if enough deployments are known to count the rule's weeks, else 0.", rule},
		{"fridaycounter_at_least", "1 if the known deployments do not reach far enough back, so that there may be more weeks.", rule},
		{"fridaycounter_leading", "1 for the rule whose weeks the wall shows, 0 for the others.", rule},

		{"fridaycounter_forbidden", "1 while some rule forbids deploying.", nil},
		{"fridaycounter_next_window_start_timestamp_seconds", "Begin of the present or else the next time in which deploying is forbidden. Left out if there is none.", nil},
		{"fridaycounter_next_window_end_timestamp_seconds", "End of the present or else the next time in which deploying is forbidden. Left out if there is none.", nil},

		{"fridaycounter_stale", "1 if the weeks may be out of date, because polls fail or none was made in time.", nil},
		{"fridaycounter_poll_failing", "1 if the last poll of the deployments went wrong.", nil},
		{"fridaycounter_poll_trouble", "1 for what is wrong with the last poll: auth (no login, or it was refused), missing (a configured environment is not there), clock (the machine's clock is not trusted), other. All 0 if nothing is.", []string{"kind"}},
		{"fridaycounter_poll_age_seconds", "Time since the last poll began that read the environment's deployments without error. Left out if none did.", environment},
		{"fridaycounter_poll_last_good_timestamp_seconds", "When the last poll began that read the environment's deployments without error. Left out if none did.", environment},

		{"fridaycounter_config_last_reload_successful", "1 if counter.cue as it was saved last is in force, 0 if it was refused and the one before it is.", nil},
		{"fridaycounter_config_last_reload_success_timestamp_seconds", "When a counter.cue came into force last.", nil},
		{"fridaycounter_config_reloads_accepted_total", "Saves of counter.cue that came into force since the start.", nil},
		{"fridaycounter_config_reloads_refused_total", "Saves of counter.cue that were refused since the start.", nil},
		{"fridaycounter_config_info", "1, with the first 12 digits of the SHA-256 of the counter.cue in force.", []string{"hash"}},

		{"fridaycounter_spi_bytes_total", "Bytes sent to the LED chain since the start.", port},
		{"fridaycounter_spi_ioctls_total", "Messages handed to the LED chain's SPI port since the start.", port},
		{"fridaycounter_spi_errors_total", "Errors of the LED chain's SPI port since the start.", port},
		{"fridaycounter_display_faulty", "1 for a display that cannot be shown on now; the log says why.", []string{"display"}},
		{"fridaycounter_max7219_current_amperes", "Estimated current of the LED chain's modules, by the datasheet.", port},
		{"fridaycounter_spi_opens_total", "Times that the LED chain's SPI port was opened since the start.", port},
		{"fridaycounter_max7219_refreshes_total", "Times that every register of the LED chain was written again since the start, which heals glitches.", port},

		{"fridaycounter_clock_state", "1 for how far the machine's clock can be trusted: trusted, unsynchronised (no time server has set it), behind (it reads earlier than the program was made, or than a deployment that is known).", []string{"state"}},
		{"fridaycounter_build_info", "1, with the version, the commit and the Go version that the program was built from.", []string{"version", "revision", "goversion"}},
	}
}
