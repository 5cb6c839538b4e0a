# Finds the C++ compiler, with a sentence for people who have none, and settles the build type.
include(CheckLanguage)
check_language(CXX)
if(NOT CMAKE_CXX_COMPILER)
  message(FATAL_ERROR
    "No C++ compiler found. The native kernels need GCC 9 or newer, or Clang 10 or newer.\n"
    "  Debian, Ubuntu:  sudo apt-get install g++\n"
    "  Fedora, RHEL:    sudo dnf install gcc-c++\n"
    "  macOS:           xcode-select --install\n"
    "If one is installed under another name, pass -DCMAKE_CXX_COMPILER=/path/to/it.")
endif()
enable_language(CXX)

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR
    "${CMAKE_CXX_COMPILER} is ${CMAKE_CXX_COMPILER_ID}. The kernels use the vector extensions of GCC and Clang: "
    "pass -DCMAKE_CXX_COMPILER=g++ or clang++.")
endif()
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  message(FATAL_ERROR "The kernels need a 64-bit target; ${CMAKE_CXX_COMPILER} builds for ${CMAKE_SYSTEM_PROCESSOR}.")
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()
