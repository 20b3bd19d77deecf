#!/usr/bin/env bash
# A real Slurm on this one machine, on loopback, for trying `launcher=slurm` and for the tests.
#
#   apt-get install slurmctld slurmd slurm-client munge     # Debian, Ubuntu
#   eval "$(scripts/slurm_local.sh start [folder])"         # sets SLURM_CONF; a temporary folder by default
#   scripts/slurm_local.sh status [folder]
#   scripts/slurm_local.sh stop [folder]                    # ends its jobs and everything that start started
#
# status and stop find the folder by SLURM_CONF when none is named. There is no slurmdbd, so `sacct` does
# not work. IMBENCH_SLURM_CPUS (default: all, at least 2) is how many jobs of one CPU run side by side.
set -euo pipefail

say() { echo "slurm_local: $*" >&2; }
die() { say "$*"; exit 1; }

folder_of() { # the folder named, else that of SLURM_CONF
  local folder=${1:-}
  [ -n "$folder" ] || folder=$(dirname "${SLURM_CONF:-}")
  [ -f "$folder/slurm_local.pids" ] || die "'$folder' holds no Slurm of this script; name its folder."
  (cd "$folder" && pwd)
}

free_ports() { # two TCP ports that nobody listens on now
  python3 - <<'PYTHON'
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PYTHON
}

configuration() { # folder controller_port node_port
  local cpus=${IMBENCH_SLURM_CPUS:-$(nproc)} host memory
  [ "$cpus" -ge 2 ] || cpus=2
  host=$(hostname -s)
  memory=$(($(grep MemTotal /proc/meminfo | tr -dc 0-9) / 1024 * 9 / 10))
  cat <<CONF
ClusterName=imbench_local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$2
SlurmdPort=$3
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$1/munge.socket
CryptoType=crypto/munge
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd.log
# Containers and virtual machines often have no cgroups to give away.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
ReturnToService=2
KillWait=5
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 NodeHostname=$host CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=local Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
  local program folder
  for program in munged slurmctld slurmd sbatch; do
    PATH=$PATH:/usr/sbin command -v $program > /dev/null \
      || die "'$program' is not installed: apt-get install slurmctld slurmd slurm-client munge"
  done
  folder=${1:-$(mktemp -d "${TMPDIR:-/tmp}/slurm_local.XXXXXX")}
  mkdir -p "$folder" && folder=$(cd "$folder" && pwd)
  [ ! -s "$folder/slurm_local.pids" ] || die "'$folder' is in use: scripts/slurm_local.sh stop '$folder'"
  mkdir -p "$folder/state" "$folder/spool"
  chmod 755 "$folder"
  : > "$folder/slurm_local.pids"
  trap 'stop "$folder" > /dev/null 2>&1; say "not started; its messages are in $folder/*.log"' EXIT
  # shellcheck disable=SC2046
  configuration "$folder" $(free_ports) > "$folder/slurm.conf"
  (umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
  export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin
  daemon "$folder" munged --force --foreground --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munge.pid" --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
  waited 10 test -S "$folder/munge.socket" || die "munged does not start"
  daemon "$folder" slurmctld -D -c
  daemon "$folder" slurmd -D -c
  waited 30 idle || die "Slurm's node does not come up"
  trap - EXIT
  say "$(sinfo --version) in $folder; end it with: scripts/slurm_local.sh stop $folder"
  echo "export SLURM_CONF=$SLURM_CONF"
}

daemon() { # folder program words: in a session of its own, so that it outlives the terminal
  local folder=$1
  shift
  setsid "$@" < /dev/null >> "$folder/$1.out.log" 2>&1 &
  echo "$! $1" >> "$folder/slurm_local.pids"
}

waited() { # seconds command: until the command succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
empty() { [ -z "$(squeue --noheader)" ]; }
gone() { ! kill -0 "$1" 2> /dev/null; }

stop() {
  local folder pid name pids
  folder=$(folder_of "${1:-}")
  export SLURM_CONF=$folder/slurm.conf
  if timeout 5 scancel --user="$(id -un)" 2> /dev/null; then
    waited 15 empty || say "some jobs did not end in time"
  fi
  # Steps that are still there: only those of this Slurm, known by their configuration.
  for pid in $(pgrep slurmstepd || true); do
    if tr '\0' '\n' < "/proc/$pid/environ" 2> /dev/null | grep -qx "SLURM_CONF=$SLURM_CONF"; then
      kill -KILL "$pid" 2> /dev/null || true
    fi
  done
  pids=$(tac "$folder/slurm_local.pids")
  while read -r pid name; do
    # The number may have been given to another process meanwhile.
    [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$name" ] || continue
    kill "$pid" 2> /dev/null || true
    waited 10 gone "$pid" || kill -KILL "$pid" 2> /dev/null || true
  done <<< "$pids"
  : > "$folder/slurm_local.pids"
  say "stopped; its logs are in $folder"
}

status() {
  local folder
  folder=$(folder_of "${1:-}")
  export SLURM_CONF=$folder/slurm.conf
  sinfo && squeue
}

case ${1:-} in
  start | stop | status) "$@" ;;
  *) die "usage: scripts/slurm_local.sh start|stop|status [folder]" ;;
esac
