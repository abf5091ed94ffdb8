-- SPDX-License-Identifier: BSD-3-Clause
-- The module that a Lua program requires to become aware of MoonScript. Here each program is, along
-- package.path; what this adds is package.moonpath.

local base = require "moonscript.base"
base.insert_loader(#package.loaders + 1)
return base
