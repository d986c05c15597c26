#!/usr/bin/env bash
# A small Slurm cluster on this machine, for tests: munge, slurmctld and a slurmd for each node, as the
# current user, with everything they write in one folder. The system's own configuration is not touched.
#
#   scripts/slurm-cluster.sh start FOLDER [NODES]   default: 3 nodes of 1 CPU; afterwards, for sbatch
#                                                   and the rest: export SLURM_CONF=FOLDER/slurm.conf
#   scripts/slurm-cluster.sh kill FOLDER NODE       everything on a node dies at once, as in a crash
#   scripts/slurm-cluster.sh revive FOLDER NODE     the node comes back
#   scripts/slurm-cluster.sh stop FOLDER            ends all that was started, jobs included
#
# Needs munge and slurm-wlm (Debian: apt-get install --no-install-recommends munge slurm-wlm). Where
# slurmdbd and MariaDB are there too (slurmdbd mariadb-server-core mariadb-client-core), the cluster keeps
# accounts, and sacct answers.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
export SLURM_CONF="$folder/slurm.conf"
unset "${!SLURMD_@}" EOSS_SLURM_NODE

# The processes of this cluster have its configuration in their environment. Daemons have the name of
# their node too, from `node` below, and jobs from Slurm; between them stands a slurmstepd for each job.
processes() { # VARIABLE=VALUE
  local process
  for process in /proc/[0-9]*; do
    grep -qzxF "SLURM_CONF=$SLURM_CONF" "$process/environ" 2>/dev/null || continue
    grep -qzxF "$1" "$process/environ" 2>/dev/null && echo "${process#/proc/}"
  done
  return 0
}

kill_node() { # NAME: daemons first, so that none of them reports the end of the jobs
  local jobs steps="" job parent
  jobs=$(processes "SLURMD_NODENAME=$1")
  for job in $jobs; do
    parent=$(ps -o ppid= -p "$job" | tr -d ' ') || continue
    [ "$(cat "/proc/$parent/comm" 2>/dev/null)" = slurmstepd ] && steps="$steps $parent"
  done
  kill -KILL $(processes "EOSS_SLURM_NODE=$1") $steps $jobs 2>/dev/null || true
}

node() { # NAME
  EOSS_SLURM_NODE=$1 slurmd -N "$1"
}

free_ports() { # COUNT: the first of so many in a row
  local first port
  while :; do
    first=$((20000 + RANDOM % 20000))
    for ((port = first; port < first + $1; port++)); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
    done
    echo "$first"
    return
  done
}

configure() { # NODES
  local count=$1 first user
  first=$(free_ports $((count + 2)))
  user=$(id -un)
  cat >"$SLURM_CONF" <<CONF
ClusterName=eoss
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$first
AuthType=auth/munge
CryptoType=crypto/munge
# A task that was put back into the queue waits as long as credentials last: seconds are enough here.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPidFile=$folder/%n.pid
SlurmdLogFile=$folder/%n.log
SlurmdSpoolDir=$folder/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=500000,bf_interval=2
# Crashes and time limits are to be noticed within seconds.
SlurmctldTimeout=5
SlurmdTimeout=10
InactiveLimit=0
KillWait=10
ReturnToService=2
CONF
  if has_accounting; then
    configure_accounting $((first + count + 1))
  else
    # What became of a task is known to the controller alone.
    echo MinJobAge=600 >>"$SLURM_CONF"
  fi
  for ((i = 1; i <= count; i++)); do
    echo "NodeName=node$i NodeHostname=node$i NodeAddr=127.0.0.1 Port=$((first + i)) CPUs=1 RealMemory=4000"
  done >>"$SLURM_CONF"
  echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP" >>"$SLURM_CONF"
}

has_accounting() {
  command -v slurmdbd && command -v mariadbd && command -v mariadb-install-db
} >/dev/null

configure_accounting() { # PORT
  # Clients of slurmdbd take the path of the socket for a password. The controller forgets soon what
  # has ended: the accounts have it.
  cat >>"$SLURM_CONF" <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$1
AccountingStoragePass=$folder/munge.socket
MinJobAge=2
CONF
  # slurmdbd refuses a file that others can read.
  (umask 077 && cat >"$folder/slurmdbd.conf") <<CONF
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
DbdHost=$(hostname -s)
DbdAddr=127.0.0.1
DbdPort=$1
SlurmUser=$(id -un)
LogFile=$folder/slurmdbd.log
PidFile=$folder/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
CONF
}

# A database that only this user reaches, by a socket in its folder.
start_accounting() {
  local data="$folder/database"
  export MYSQL_UNIX_PORT="$data/socket"
  (umask 077 && mkdir "$data")
  mariadb-install-db --no-defaults --datadir="$data" --user="$(id -un)" --skip-test-db \
    --auth-root-authentication-method=normal >"$folder/mariadb.log" 2>&1
  mariadbd --no-defaults --datadir="$data" --user="$(id -un)" --socket="$MYSQL_UNIX_PORT" \
    --pid-file="$folder/mariadbd.pid" --skip-networking --innodb-flush-log-at-trx-commit=0 \
    >>"$folder/mariadb.log" 2>&1 </dev/null &
  until_true test -S "$MYSQL_UNIX_PORT"
  slurmdbd
  until_true sacctmgr --immediate --quiet add cluster eoss
}

until_true() { # COMMAND
  local i
  for ((i = 0; i < 60; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.5
  done
  echo "the cluster does not come up: $*; its logs are in $folder" >&2
  tail -n 5 "$folder"/*.log >&2
  stop
  exit 1
}

all_idle() { # NODES; lines are "node1 idle"
  [ "$(sinfo --noheader --Node --format='%N %t' | grep -c ' idle$')" = "$1" ]
}

start() { # NODES
  local count=$1
  [ -z "$(processes EOSS_SLURM_NODE=controller)" ] || { echo "it runs already in $folder" >&2; exit 1; }
  umask 022
  chmod 755 "$folder"
  mkdir -p "$folder/state"
  configure "$count"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
  export EOSS_SLURM_NODE=controller
  munged --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" --num-threads=2
  if has_accounting; then start_accounting; fi
  slurmctld
  for ((i = 1; i <= count; i++)); do node "node$i"; done
  until_true all_idle "$count"
}

stop() {
  local name
  for name in controller $(sed -n 's/^NodeName=\([^ ]*\).*/\1/p' "$SLURM_CONF"); do kill_node "$name"; done
}

case $action in
start) start "${3:-3}" ;;
stop) stop ;;
kill | revive)
  [ $# = 3 ] || usage
  if [ "$action" = kill ]; then kill_node "$3"; else node "$3"; fi
  ;;
*) usage ;;
esac
