# Sets console_files: the source that has the console's files, made by npm from console/, or one without any.
set(console_files ${CMAKE_BINARY_DIR}/console_files.cc)
if(NOT MILLRACE_CONSOLE)
  file(CONFIGURE OUTPUT ${console_files} CONTENT [[
#include "cmd/millrace/console_files.h"
std::span<const millrace::control::ConsoleFile> millrace::cmd::console_files() { return {}; }
]])
  return()
endif()
find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
  message(FATAL_ERROR "The console is built with node (18.20 or later) and npm: on Debian `apt install nodejs npm`, or `make build`, "
    "which does that. Without a console: cmake -DMILLRACE_CONSOLE=OFF")
endif()
set(console ${CMAKE_SOURCE_DIR}/console)
# npm leaves this file when all packages are there.
set(console_modules ${console}/node_modules/.package-lock.json)
add_custom_command(OUTPUT ${console_modules}
  COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${console_modules}
  DEPENDS ${console}/package.json ${console}/package-lock.json
  WORKING_DIRECTORY ${console} COMMENT "console: fetching packages from the npm registry" VERBATIM)
file(GLOB_RECURSE console_sources CONFIGURE_DEPENDS ${console}/src/*.ts ${console}/src/*.tsx ${console}/src/*.css ${console}/public/*)
list(FILTER console_sources EXCLUDE REGEX "/generated/|\\.test\\.ts$")
add_custom_command(OUTPUT ${console_files}
  COMMAND ${NPM} run --silent build -- --logLevel warn --outDir ${CMAKE_BINARY_DIR}/console --emptyOutDir
  COMMAND ${NODE} embed.mjs ${CMAKE_BINARY_DIR}/console ${console_files}
  DEPENDS ${console_modules} ${console_sources} ${console}/index.html ${console}/openapi.json ${console}/tsconfig.json
    ${console}/vite.config.ts ${console}/embed.mjs
  WORKING_DIRECTORY ${console} COMMENT "console: building" VERBATIM)
