# cmake -DNVCC=nvcc "-DSOURCES=a.cu;b.cu" "-DINCLUDES=include;src" "-DARCHITECTURES=80-real;90" -DWORK=folder
#   -P check_cuda_code.cmake
# Compiles the kernels for every listed architecture and looks at what comes out:
#  - Nothing lies in local memory: no spilled registers, no array that is indexed at run time, no stack.
#  - Kernels that sweep rows read them by 16 bytes, four loads before the first is looked at, and write 16 bytes.
#  - Those leave shared memory for what row_plan.cpp believes that they take (kOtherShared less the system's 1 KB), and
#    have few enough registers for two blocks of 512 threads on a multiprocessor.
cmake_policy(VERSION 3.22)
set(row_kernels "log_probs_forward|log_probs_backward|linear_log_probs_merge|fused_policy_loss")
set(largest_static_shared 6144)
set(largest_registers 64)
set(loads_at_once 4)

file(MAKE_DIRECTORY "${WORK}")
get_filename_component(bin "${NVCC}" DIRECTORY)
find_program(PTXAS ptxas HINTS "${bin}" REQUIRED)
list(TRANSFORM INCLUDES PREPEND "-I")

# The text of a kernel has no comments, no blank lines, and neither ; nor brackets.
function(check_row_kernel name text)
  # Between the loads of a turn addresses are computed, and nothing else.
  set(load "[\t ]*ld\\.global\\.c[sg]\\.v4\\.u32 [^\n]*\n")
  set(address "([\t ]*(add|mul|mad|shl|cvt|mov)\\.[^\n]*\n)*")
  string(REPEAT "${load}${address}" ${loads_at_once} turn)
  if(NOT text MATCHES "${turn}")
    message(SEND_ERROR "${name} does not load ${loads_at_once} times 16 bytes at once")
  endif()
  if(NOT name MATCHES "log_probs_forward|log_probs_merge" AND NOT text MATCHES "st\\.global\\.cs\\.v4\\.u32")
    message(SEND_ERROR "${name} does not store 16 bytes at once")
  endif()
endfunction()

set(row_kernels_seen 0)
foreach(source IN LISTS SOURCES)
  get_filename_component(base "${source}" NAME_WE)
  foreach(architecture IN LISTS ARCHITECTURES)
    string(REGEX MATCH "^[0-9]+[a-z]?" number "${architecture}")
    set(ptx "${WORK}/${base}.${number}.ptx")
    execute_process(COMMAND "${NVCC}" -std=c++17 -O3 ${INCLUDES} "-arch=compute_${number}" -ptx "${source}" -o "${ptx}"
      COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND "${PTXAS}" -v "-arch=sm_${number}" "${ptx}" -o "${WORK}/${base}.${number}.cubin"
      ERROR_VARIABLE report COMMAND_ERROR_IS_FATAL ANY)

    string(REGEX MATCHALL "[0-9]+ bytes stack frame, [0-9]+ bytes spill stores, [0-9]+ bytes spill loads" frames "${report}")
    if(NOT frames)
      message(SEND_ERROR "ptxas says nothing about ${source}:\n${report}")
    endif()
    foreach(frame IN LISTS frames)
      if(NOT frame STREQUAL "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads")
        message(SEND_ERROR "${base} for sm_${number} uses local memory: ${frame}\n${report}")
      endif()
    endforeach()

    file(READ "${ptx}" text)
    foreach(mark IN ITEMS ";" "[" "]")  # those of CMake's lists
      string(REPLACE "${mark}" "" text "${text}")
    endforeach()
    string(REGEX REPLACE "[\t ]*//[^\n]*\n" "\n" text "${text}")
    string(REGEX REPLACE "\n[\t \n]*\n" "\n" text "${text}")
    string(REGEX REPLACE "\n(\\.visible )?\\.entry " ";.entry " kernels "${text}")
    list(POP_FRONT kernels)
    foreach(kernel IN LISTS kernels)
      string(REGEX MATCH "^\\.entry ([A-Za-z0-9_]+)" name "${kernel}")
      set(name "${CMAKE_MATCH_1}")
      if(NOT name MATCHES "${row_kernels}")
        continue()
      endif()
      math(EXPR row_kernels_seen "${row_kernels_seen} + 1")
      check_row_kernel("${name} for sm_${number}" "${kernel}")
      string(REGEX MATCH "entry function '${name}'.*" own "${report}")
      string(REGEX MATCH "Used ([0-9]+) registers[^\n]*" used "${own}")
      set(registers "${CMAKE_MATCH_1}")
      string(REGEX MATCH "([0-9]+) bytes smem" shared "${used}")
      if(registers GREATER largest_registers OR CMAKE_MATCH_1 GREATER largest_static_shared)
        message(SEND_ERROR "${name} for sm_${number}: ${used}\n"
          "wanted at most ${largest_registers} registers and ${largest_static_shared} bytes smem")
      endif()
    endforeach()
  endforeach()
endforeach()
list(LENGTH ARCHITECTURES architectures)
math(EXPR wanted "15 * ${architectures}")  # five kernels of three element types
if(NOT row_kernels_seen EQUAL wanted)
  message(SEND_ERROR "${row_kernels_seen} kernels sweep rows, wanted ${wanted}")
endif()
