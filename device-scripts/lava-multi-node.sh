# shellcheck shell=sh disable=SC2034 # what the functions set is used by the helpers
# Asks the dispatcher about the other devices of the job. The helpers source this file; nobody runs it.
#
# A call is one line: <LAVA_MULTI_NODE> <LAVA_WAIT id #number.length.sum>
# Its answer is typed: <LAVA_WAIT_COMPLETE node:key=value... #number.length.sum>, in several lines where
# it is long, or <LAVA_WAIT_COMPLETE nack why #number.length.sum>.
#
# What follows the # is not LAVA's: number counts the calls of this run of lava-test-runner; length and
# sum are as in lava-signal.sh. The call is said again until its whole answer is here: either may lose
# characters on the way.

# shellcheck source=device-scripts/lava-signal.sh
. "${0%/*}/lava-signal.sh"

lava_multinode=${0%/*}/../multinode

# lava_call NAME [ARGUMENT...]: sets lava_reply to the answer; ends the helper where there is none.
lava_call() {
	LC_ALL=C
	# shellcheck disable=SC2031 # the subshell in lava-signal.sh has a PATH of its own
	PATH=$PATH:/usr/bin:/bin
	if [ ! -r "$lava_multinode/group" ]; then
		echo "${0##*/}: this job has no roles: there is no other device" >&2
		exit 1
	fi
	# The answer comes by the console, whatever this helper reads.
	if { : </dev/tty; } 2>/dev/null; then exec </dev/tty; fi
	lava_number=$(lava_next_call)
	: "${lava_number:=$$}"
	lava_sum "<LAVA_MULTI_NODE> <LAVA_$* #$lava_number"
	lava_line="<LAVA_MULTI_NODE> <LAVA_$* #$lava_number.$lava_length.$lava_sum>"
	lava_repeat &
	lava_repeater=$!
	trap 'lava_repeat_no_more' EXIT
	trap 'exit 1' HUP INT TERM
	lava_print "$lava_line"
	lava_await "LAVA_$1_COMPLETE"
	lava_repeat_no_more
	trap - EXIT HUP INT TERM
	case $lava_reply in
	nack | 'nack '*)
		echo "${0##*/}: ${lava_reply#nack }" >&2
		exit 1
		;;
	esac
}

# Prints the number of the next call.
lava_next_call() (
	trap '' HUP INT TERM
	lava_lock || exit
	lava_number calls && echo "$lava_number"
	exec rm -f "$LAVA_SIGNALS/lock"
)

# Says the call again after 2, 4, 8 ... seconds, a minute at most, as long as the helper lives.
lava_repeat() {
	lava_pause=2
	while sleep $lava_pause >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		lava_print "$lava_line"
		[ $lava_pause -ge 60 ] || lava_pause=$((lava_pause * 2))
	done
}

lava_repeat_no_more() {
	{ kill "$lava_repeater" && wait "$lava_repeater"; } 2>/dev/null
	:
}

# lava_await NAME: reads the answer of that name to this call.
lava_await() {
	lava_return=$(printf '\r')
	lava_answer=''
	while IFS= read -r lava_part; do
		lava_part=${lava_part%"$lava_return"}
		case $lava_part in
		*'<LAVA_'*) lava_answer="<LAVA_${lava_part##*'<LAVA_'}" ;;
		*) lava_answer=$lava_answer$lava_part ;;
		esac
		case $lava_answer in
		"<$1 "*" #$lava_number."*.*'>'* | "<$1 #$lava_number."*.*'>'*) ;;
		*) continue ;;
		esac
		lava_answer=${lava_answer%'>'*}
		lava_sum "${lava_answer%.*.*}"
		if [ "${lava_answer##*'#'}" = "$lava_number.$lava_length.$lava_sum" ]; then
			lava_reply=${lava_answer%' #'*}
			lava_reply=${lava_reply#"<$1"}
			lava_reply=${lava_reply#' '}
			return
		fi
		lava_answer=''
	done
	echo "${0##*/}: the console ended before the answer came" >&2
	exit 1
}

# Writes what others have sent, a line of node:key=value each, to the file where tests look for it.
lava_keep() {
	lava_cache=${LAVA_MULTI_NODE_CACHE:-/tmp/lava_multi_node_cache.txt}
	mkdir -p "${lava_cache%/*}"
	rm -f "$lava_cache"
	lava_nodes=' '
	while read -r lava_node lava_role; do
		lava_nodes="$lava_nodes$lava_node "
	done <"$lava_multinode/group"
	lava_pair=''
	set -f
	for lava_part in $lava_reply; do
		case $lava_part in
		*:*=*)
			case $lava_nodes in
			*" ${lava_part%%:*} "*)
				lava_keep_pair
				lava_pair=$lava_part
				continue
				;;
			esac
			;;
		esac
		lava_pair="$lava_pair $lava_part"
	done
	lava_keep_pair
}

lava_keep_pair() {
	[ -z "$lava_pair" ] || printf '%s\n' "$lava_pair" >>"$lava_cache"
}

# lava_call_id USAGE ID: sets lava_word to the name of a message; ends the helper where it is none.
lava_call_id() {
	lava_word "$2"
	case $lava_word in
	'' | *=*)
		echo "usage: ${0##*/} $1" >&2
		exit 1
		;;
	esac
}
