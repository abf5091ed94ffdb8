-- SPDX-License-Identifier: BSD-3-Clause
-- The version of the language that the compiler knows.

local version = {version = "0.7.0"}

function version.print_version()
    print("MoonScript version " .. version.version)
end

return version
