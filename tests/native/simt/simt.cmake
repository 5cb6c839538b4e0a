# The CUDA kernels' device code compiled as plain C++ and run on the processor (simt.h), in every build: the tests of the CUDA
# backend, and those of the CPU backend with each rrft_cpu_<op> replaced by rrft_cuda_<op> (../cuda_backend.cpp).
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
  message(STATUS "reasonrft: device code is not executed, simt/fiber.cpp has no switch for ${CMAKE_SYSTEM_PROCESSOR}")
  return()
endif()
if(RRFT_SANITIZE_CHOICE STREQUAL "THREAD")
  message(STATUS "reasonrft: device code is not executed, ThreadSanitizer does not follow its fibers")
  return()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/../../../cuda-kernels/sources.cmake")
set_source_files_properties(${RRFT_CUDA_SOURCES} PROPERTIES LANGUAGE CXX)
add_library(rrft_simt OBJECT
  ${RRFT_COMMON_SOURCES} ${RRFT_CUDA_SOURCES} simt/fiber.cpp simt/grid.cpp simt/simt.cpp)
set_target_properties(rrft_simt PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(rrft_simt PUBLIC
  simt simt/include ../../cuda-kernels/include ../../native/include ../../native/src)
target_compile_definitions(rrft_simt PUBLIC RRFT_SIMT)
rrft_configure_target(rrft_simt)
target_compile_options(rrft_simt PRIVATE -O2)  # in debug builds too: the sweeps over rows take minutes without

# The whole backend as a library in place of libreasonrft_cuda, for tests of what calls it: reasonrft.cuda.library in Java.
add_library(reasonrft_cuda_simt SHARED)
target_link_libraries(reasonrft_cuda_simt PRIVATE rrft_simt)
rrft_configure_library(reasonrft_cuda_simt)
set_target_properties(reasonrft_cuda_simt PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")

function(rrft_add_simt_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE rrft_simt reasonrft)
  rrft_configure_test(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

rrft_add_simt_test(simt_test simt/simt_test.cpp)
#rrft_add_simt_test(cuda_test_simt cuda_test.cpp)
foreach(name IN ITEMS
    log_probs_test linear_log_probs_test group_advantages_test policy_loss_test fused_policy_loss_test policy_variants_test invariance_test)
  rrft_add_simt_test(${name}_simt ${name}.cpp cuda_backend.cpp)
  foreach(operation IN ITEMS log_probs_forward log_probs_backward linear_log_probs_merge
      linear_log_probs_finish linear_log_probs_backward group_advantages policy_loss fused_policy_loss)
    target_compile_definitions(${name}_simt PRIVATE rrft_cpu_${operation}=rrft_on_cuda_${operation})
  endforeach()
  target_compile_definitions(${name}_simt PRIVATE rrft_last_error=rrft_cuda_last_error)
endforeach()

# Both end the process: the first with AddressSanitizer's report of the access, the second at the page below the stack.
if(RRFT_SANITIZE_CHOICE STREQUAL "ON")
  add_test(NAME simt_test.overrun COMMAND simt_test overrun)
  set_tests_properties(simt_test.overrun PROPERTIES PASS_REGULAR_EXPRESSION "heap-buffer-overflow")
  add_test(NAME simt_test.stack COMMAND simt_test stack)
  set_tests_properties(simt_test.stack PROPERTIES PASS_REGULAR_EXPRESSION "SEGV|stack-overflow")
endif()
