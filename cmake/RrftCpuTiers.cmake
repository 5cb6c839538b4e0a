# Compiles the kernels once per CPU tier. A tier is a set of instructions; src/dispatch.cpp chooses one when the
# library is first used. Any other source is compiled for the baseline alone.
#
# RRFT_TIERS lists "symbol suffix|public name|flags" of the tiers that this compiler can build.
include(CheckCXXCompilerFlag)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(RRFT_TIERS "baseline|x86-64|")
  foreach(level v3 v4)
    check_cxx_compiler_flag(-march=x86-64-${level} RRFT_HAVE_X86_64_${level})
    if(RRFT_HAVE_X86_64_${level})
      list(APPEND RRFT_TIERS "x86_64_${level}|x86-64-${level}|-march=x86-64-${level}")
    else()
      message(STATUS "reasonrft: no x86-64-${level} kernels, ${CMAKE_CXX_COMPILER} does not know -march=x86-64-${level}")
    endif()
  endforeach()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(RRFT_TIERS "baseline|aarch64|")  # NEON is part of it
else()
  set(RRFT_TIERS "baseline|${CMAKE_SYSTEM_PROCESSOR}|")
endif()

# Contraction to FMA is the compiler's default for GNU modes only; the polynomial and the sums gain from it.
function(rrft_tier_fields tier suffix name flags)
  string(REPLACE "|" ";" fields "${tier}|")
  list(GET fields 0 tier_suffix)
  list(GET fields 1 tier_name)
  list(GET fields 2 tier_flags)
  set(${suffix} "${tier_suffix}" PARENT_SCOPE)
  set(${name} "${tier_name}" PARENT_SCOPE)
  set(${flags} ${tier_flags} -ffp-contract=fast PARENT_SCOPE)
endfunction()

function(rrft_add_cpu_tiers target)
  foreach(tier IN LISTS RRFT_TIERS)
    rrft_tier_fields("${tier}" suffix name flags)
    add_library(${target}_${suffix} OBJECT ${ARGN})
    target_include_directories(${target}_${suffix} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    rrft_configure_target(${target}_${suffix})
    set_target_properties(${target}_${suffix} PROPERTIES CXX_VISIBILITY_PRESET hidden)
    # Nothing reads errno, and without it a square root is an instruction rather than a branch and a call.
    target_compile_options(${target}_${suffix} PRIVATE ${flags} -fno-math-errno)
    target_compile_definitions(${target}_${suffix} PRIVATE
      RRFT_TIER_TABLE=row_kernels_${suffix} "RRFT_TIER_NAME=\"${name}\"")
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${suffix}>)
    string(TOUPPER "${suffix}" upper)
    target_compile_definitions(${target} PRIVATE RRFT_TIER_${upper})
    list(APPEND names "${name}")
  endforeach()
  list(JOIN names ", " names)
  message(STATUS "reasonrft: CPU tiers ${names}")
endfunction()
