# Flags of every target of ours, and how a shared library is linked so that it loads into any process.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(RRFT_SANITIZE OFF CACHE STRING "OFF, ON (address and undefined behaviour) or THREAD")
set_property(CACHE RRFT_SANITIZE PROPERTY STRINGS OFF ON THREAD)
option(RRFT_WERROR "Treat warnings as errors" OFF)

set(RRFT_WARNINGS -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion)
if(RRFT_WERROR)
  list(APPEND RRFT_WARNINGS -Werror)
endif()

# RRFT_SANITIZE is a string option: "ON" here is the choice above, not a boolean.
string(TOUPPER "${RRFT_SANITIZE}" RRFT_SANITIZE_CHOICE)
if(RRFT_SANITIZE_CHOICE STREQUAL "ON")
  set(RRFT_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(RRFT_SANITIZE_CHOICE STREQUAL "THREAD")
  set(RRFT_SANITIZE_FLAGS -fsanitize=thread)
elseif(RRFT_SANITIZE_CHOICE STREQUAL "OFF")
  set(RRFT_SANITIZE_FLAGS)
else()
  message(FATAL_ERROR "RRFT_SANITIZE is ${RRFT_SANITIZE}, wanted OFF, ON or THREAD")
endif()

# No fast-math anywhere: NaN and infinities mean something here, and a library must not change a JVM thread's
# floating-point mode.
function(rrft_configure_target target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${RRFT_WARNINGS};${RRFT_SANITIZE_FLAGS}>)
  target_link_options(${target} PRIVATE ${RRFT_SANITIZE_FLAGS})
endfunction()

# Only rrft_* symbols leave the library; its C++ runtime is linked in and hidden, so neither an old libstdc++ on the
# machine nor another one in the process matters.
function(rrft_configure_library target)
  rrft_configure_target(${target})
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY "${RRFT_OUTPUT_DIR}")
  if(APPLE)
    set(exports "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.apple.txt")
    target_link_options(${target} PRIVATE "LINKER:-exported_symbols_list,${exports}")
  else()
    set(exports "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.map")
    target_link_options(${target} PRIVATE "LINKER:--version-script,${exports}" "LINKER:-z,nodelete")
    if(NOT RRFT_SANITIZE_FLAGS)
      target_link_options(${target} PRIVATE "LINKER:-z,defs" -static-libgcc -static-libstdc++)
    endif()
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${exports}")
endfunction()
