/**
 * The shell that runs a job. It outlives the worker, claims the launch or yields to another one, records its identity,
 * and stores the exit status. Arguments: directory of the launch, command, working directory.
 *
 * It handles SIGTERM by continuing to wait: the signal goes to the whole group, and the status of the job must not be
 * lost.
 */
export const WRAPPER = `
_wh_dir=$1 _wh_command=$2 _wh_cwd=$3 _wh_path=\${PATH-}
PATH=/usr/bin:/bin:/usr/sbin:/sbin
mkdir "$_wh_dir/taken" 2>/dev/null || exit 0
trap : TERM INT HUP
if [ -r "/proc/$$/stat" ]; then
  _wh_stat=$(cat "/proc/$$/stat")
  set -- \${_wh_stat##*) }
  shift 19
  _wh_start="$(cat /proc/sys/kernel/random/boot_id)-$1"
else
  set -- $(LC_ALL=C TZ=UTC ps -o lstart= -p $$)
  _wh_start=$(IFS=-; printf %s "$*")
fi
printf '%s %s\\n' $$ "$_wh_start" >"$_wh_dir/identity.new" && mv "$_wh_dir/identity.new" "$_wh_dir/identity" || exit 1
cd "$_wh_cwd" && PATH=$_wh_path /bin/sh -c "$_wh_command"
_wh_code=$?
printf '%s\\n' "$_wh_code" >"$_wh_dir/exit.new" && mv "$_wh_dir/exit.new" "$_wh_dir/exit"
`;
