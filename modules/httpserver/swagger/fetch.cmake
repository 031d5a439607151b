# SPDX-License-Identifier: BSD-3-Clause
# cmake -DNPM=… -DFROM=folder -DWORK=folder -DPAGES=folder -P fetch.cmake
file(REMOVE_RECURSE ${WORK} ${PAGES})
file(MAKE_DIRECTORY ${WORK})
file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${WORK})
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY ${WORK} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE words)
if(failed)
  message("Swagger UI is left out: npm ci failed: ${words}")
  return()
endif()
set(package ${WORK}/node_modules/swagger-ui-dist)
file(COPY ${package}/swagger-ui.css ${package}/swagger-ui-bundle.js ${package}/favicon-32x32.png
  ${package}/LICENSE ${package}/NOTICE ${FROM}/index.html ${FROM}/start.js DESTINATION ${PAGES})
