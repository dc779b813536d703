# shellcheck shell=sh disable=SC2034 # what the functions set is used by the helpers
# Writes signals for the dispatcher. The helpers source this file; nobody runs it.
#
# A signal is one line: <LAVA_SIGNAL_NAME argument... #stage.number.length.sum>
#
# What follows the # is not LAVA's. It lets the dispatcher put a line together again into which
# kernel messages fell, and notice a line that was lost: `number` counts the signals of this run of
# lava-test-runner; `length` and `sum` are over the printable ASCII characters from < up to and
# including the number. Every line is also kept in $LAVA_SIGNALS/signals (see lava-signals).
#
# $LAVA_SIGNALS, a directory, is set by lava-test-runner; its name is the stage. Without it, or when
# it cannot be written, the signal goes out in LAVA's plain form.

lava_blank=' 	
'
lava_printable=' !"#$%&'\''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~'

# lava_word TEXT: sets lava_word to TEXT as one word. A signal ends at > and its arguments are parted
# by blanks, so these become _.
lava_word() {
	lava_split _ "$1"
	lava_word=$lava_joined
}

# lava_text TEXT: sets lava_text to TEXT on one line, without < and >.
lava_text() {
	lava_split ' ' "$1"
	lava_text=$lava_joined
}

lava_split() {
	set -f
	IFS="$lava_blank<>"
	# shellcheck disable=SC2086 # splitting is the purpose
	set -- "$1" $2
	IFS=$1
	shift
	lava_joined=$*
	unset IFS
	set +f
}

# lava_signal NAME [ARGUMENT...]: writes one signal.
lava_signal() {
	lava_token "LAVA_SIGNAL_$*"
}

# lava_token TEXT: writes <TEXT>, numbered and summed. In a subshell, so that the lock, the locale and
# the ignored interrupts are its own.
lava_token() (
	LC_ALL=C
	PATH=$PATH:/usr/bin:/bin
	trap '' HUP INT TERM
	if lava_lock; then
		if lava_number sequence; then
			lava_sum "<$1 #${LAVA_SIGNALS##*/}.$lava_number"
			lava_line="<$1 #${LAVA_SIGNALS##*/}.$lava_number.$lava_length.$lava_sum>"
			{ printf '%s\n' "$lava_line" >>"$LAVA_SIGNALS/signals"; } 2>/dev/null
		else
			lava_line="<$1>"
		fi
		lava_print "$lava_line"
		exec rm -f "$LAVA_SIGNALS/lock"
	else
		lava_print "<$1>"
	fi
)

# Writes to the console in one write: through the kernel's log where the job says `lava-signal: kmsg`.
lava_print() {
	if [ -z "${LAVA_KMSG-}" ] || [ ${#1} -gt 900 ] ||
		! { printf '<0>%s\n' "$1" >/dev/kmsg; } 2>/dev/null; then
		printf '%s\n' "$1"
	fi
}

# Takes the lock, so that numbers are unique and lines stand in the file in the order of their
# numbers. Fails where there is no place to keep them. A lock whose owner died is removed.
lava_lock() {
	[ -n "${LAVA_SIGNALS-}" ] && [ -f "$LAVA_SIGNALS/sequence" ] && [ -w "$LAVA_SIGNALS/sequence" ] || return 1
	lava_tries=0
	set -C
	until { echo "$$" >"$LAVA_SIGNALS/lock"; } 2>/dev/null; do
		lava_tries=$((lava_tries + 1))
		case $lava_tries in
		*0)
			[ $lava_tries -ge 200 ] && return 1
			read -r lava_owner 2>/dev/null <"$LAVA_SIGNALS/lock" || continue
			kill -0 "$lava_owner" 2>/dev/null || [ -d "/proc/$lava_owner" ] || rm -f "$LAVA_SIGNALS/lock"
			;;
		esac
		sleep 0.05 2>/dev/null || sleep 1
	done
	set +C
}

# lava_number FILE: counts on, and sets lava_number to the number of the next signal.
lava_number() {
	read -r lava_number 2>/dev/null <"$LAVA_SIGNALS/$1" || return 1
	case $lava_number in '' | *[!0-9]*) return 1 ;; esac
	lava_number=$((lava_number + 1))
	{ echo "$lava_number" >"$LAVA_SIGNALS/$1"; } 2>/dev/null
}

# Sets lava_length and lava_sum. The sum is a polynomial over each character's place in
# lava_printable; it fits 32-bit arithmetic and needs no program, which a small system may lack.
lava_sum() {
	lava_rest=$1 lava_length=0 lava_sum=0
	while [ -n "$lava_rest" ]; do
		lava_tail=${lava_rest#?}
		lava_before=${lava_printable%%"${lava_rest%"$lava_tail"}"*}
		if [ ${#lava_before} -lt 95 ]; then
			lava_sum=$(((lava_sum * 127 + ${#lava_before}) % 16777213)) lava_length=$((lava_length + 1))
		fi
		lava_rest=$lava_tail
	done
}
