-- SPDX-License-Identifier: BSD-3-Clause
-- Makes all of the module "moon" global.

local moon = require "moon"
for name, value in pairs(moon) do _G[name] = value end
return moon
