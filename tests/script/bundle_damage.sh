# SPDX-License-Identifier: BSD-3-Clause
# Programs that sssrun build made, after strip and copies, damaged, cut off, and where there is
# nothing else.
. "$(dirname "$0")/lib/cli.sh"

go() {
    timeout 120 "$@" >out 2>err
    status=$?
}

echo 'print(require "part", #require "sss".asset "data", ...) os.exit(3)' >main.lua
echo 'return "part"' >part.lua
head -c 20000 /dev/zero | tr '\0' z >data
run build -o b main.lua data
go ./b
expect "the program as it was made" 3 "part	20000" ''

for command in 'strip -o c b' 'objcopy --strip-debug b c' 'objcopy --strip-all b c' \
    'cp --sparse=always b c' 'llvm-strip -o c b' 'llvm-objcopy --strip-all b c'; do
    if ! command -v "${command%% *}" >/dev/null; then
        echo "skip $command (not installed)"
        continue
    fi
    rm -f c d
    $command 2>log || result "$command" "$(cat log)"
    go ./c x
    expect "$command" 3 "part	20000	x" ''
    go env SSSRUN_AS_RUNTIME=1 ./c build -o d main.lua data
    [ "$status" -eq 0 ] || result "$command: runtime" "$(cat err)"
    go ./d y
    expect "$command: it is a runtime again" 3 "part	20000	y" ''
    cp d e
    SSSRUN_AS_RUNTIME=1 ./d build -o d main.lua data >log 2>&1
    result "$command: which does not grow" "$(cmp d e 2>&1)"
done

# damaged.lua PROGRAM writes copies with one changed byte (flip-N) or without their end (cut-N): of
# the head of the archive and of its data, some each.
cat >damaged.lua <<'LUA'
local file = assert(io.open(arg[1], "rb"))
local program = file:read("*a")
file:close()
local first, at = 0, 0
while at do
  first, at = at, program:find("sssrun\0\1", at + 1, true)
end
local last = program:find(("z"):rep(20000), first, true) + 20000 - 1
local function save(name, text)
  local out = assert(io.open(name, "wb"))
  out:write(text)
  out:close()
end
-- The last byte and its neighbours; the head is shorter than 250 bytes.
local places = { last, last - 1, first + 5000, first + 12345 }
for place = first, first + 250, 10 do table.insert(places, place) end
for i, place in ipairs(places) do
  local byte = string.char(bit.bxor(program:byte(place), 2 ^ (i % 8)))
  save("flip-" .. i, program:sub(1, place - 1) .. byte .. program:sub(place + 1))
end
for i, length in ipairs { 8, 40, 500, 4000, 9000, 15000, last - first } do
  save("cut-" .. i, program:sub(1, first + length - 1))
end
LUA
"$SSSRUN" damaged.lua b || result "damaged copies" "none were made"
for copy in flip-* cut-*; do
    chmod +x "$copy"
    go "./$copy"
    reason=
    [ "$status" = 1 ] || reason="exit status $status"
    [ ! -s out ] || reason="$reason; output was '$(cat out)'"
    grep -Eqx "sssrun: ./$copy: its packed files are damaged \(.*\); get a fresh copy" err ||
        reason="$reason; stderr was '$(head -c 300 err)'"
    result "$copy is refused" "$reason"
done
go env SSSRUN_AS_RUNTIME=1 ./flip-1 -e 'print "plain"'
expect "a damaged one is a runtime all the same" 0 plain ''

mkdir -p empty
cp b "empty/b ä"
if [ "$(id -u)" -ne 0 ]; then
    echo "skip an empty root folder (only root can make one)"
elif readelf -lW "$SSSRUN" | grep -q INTERP; then
    echo "skip an empty root folder (this program needs shared libraries)"
else
    go chroot empty "/b ä" x
    expect "an empty root folder" 3 "part	20000	x" ''
fi
finish
